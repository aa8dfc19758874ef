/** Folders that completion looks into: read in the background, remembered, compared with the disk now and then. */
import { cachedData, cachedModels, type HubModel } from '../checkpoint/hub.ts';
import { findNearby, type Nearby } from '../checkpoint/nearby.ts';
import { FileCache } from './filecache.ts';

/** No completion waits longer (ms) for folders; the editor asks again at the next key where they have not come. */
const patience = 8;

const untold = (): void => {};

export class Places {
  private readonly folders = new FileCache<Nearby>((key) => {
    const [folder, bounds] = JSON.parse(key) as Parameters<typeof findNearby>;
    return findNearby(folder, bounds);
  }, untold);
  private readonly hub = new FileCache<HubModel[]>(() => cachedModels(), untold);
  private readonly hubData = new FileCache<string[]>(() => cachedData(), untold);

  /** What one completion sees: `answer` is asked again when what it missed has come in time. */
  async look<T>(answer: (look: Look) => T): Promise<{ answer: T; complete: boolean }> {
    const first = new Look(this.folders, this.hub, this.hubData);
    const early = answer(first);
    if (first.missed.length === 0) return { answer: early, complete: true };
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await Promise.race([Promise.all(first.missed), tooLong]);
    clearTimeout(timer);
    const second = new Look(this.folders, this.hub, this.hubData);
    return { answer: answer(second), complete: second.missed.length === 0 };
  }
}

export class Look {
  readonly missed: Promise<unknown>[] = [];
  private readonly folders: FileCache<Nearby>;
  private readonly hub: FileCache<HubModel[]>;
  private readonly data: FileCache<string[]>;

  constructor(folders: FileCache<Nearby>, hub: FileCache<HubModel[]>, data: FileCache<string[]>) {
    this.folders = folders;
    this.hub = hub;
    this.data = data;
  }

  /** What lies around a recipe: its folder and some levels below. Undefined until it has been read. */
  around = (folder: string): Nearby | undefined => this.from(this.folders, JSON.stringify([folder, {}]));

  /** The folder alone, and what its subfolders are. */
  inside = (folder: string): Nearby | undefined => this.from(this.folders, JSON.stringify([folder, { depth: 0 }]));

  hubModels = (): HubModel[] | undefined => this.from(this.hub, 'hub');

  /** Ids of data sets. */
  hubData = (): string[] | undefined => this.from(this.data, 'hub');

  private from<V>(cache: FileCache<V>, key: string): V | undefined {
    const value = cache.get(key);
    if (value === undefined) this.missed.push(cache.settled(key));
    return value;
  }
}
