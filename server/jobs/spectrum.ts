import { freemem } from 'node:os';
import type { Module } from '../architectures/types.ts';
import { errorData, RankwiseError } from '../base/errors.ts';
import { inLanes } from '../base/lanes.ts';
import { openCheckpoint, resolveModel } from '../checkpoint/model-folder.ts';
import { type LinalgKernel, linalgKernels } from '../engine/linalg/types.ts';
import { defaultThreads } from '../engine/threads.ts';
import { engine } from '../factors/engine.ts';
import { openFactors } from '../factors/index.ts';
import type { Factors } from '../factors/types.ts';
import type { SpectrumMatrix, SpectrumParams, SpectrumResult } from '../protocol/spectrum.ts';
import type { Adapted } from './spectra/adapted.ts';
import { anyTable, matricesOf, readMatrix } from './spectra/matrices.ts';
import { effortOf, partsOf } from './spectra/parts.ts';
import { Progress } from './spectra/progress.ts';
import { selectModules } from './spectra/select.ts';
import type { Job, JobContext } from './types.ts';

/** Singular values of a model's matrices, and what an adapter changes in them: one matrix a lane, each read when its turn has come. */
export const run: Job<'spectrum'> = (params, context) => spectrum(params, context, openFactors);

export async function spectrum(
  params: SpectrumParams,
  { item: emit, signal }: Pick<JobContext<'spectrum'>, 'item' | 'signal'>,
  open: typeof openFactors,
): Promise<SpectrumResult> {
  const began = performance.now();
  const { of = ['base'], changes = true, home } = params;
  if (params.adapter === undefined && !of.includes('base'))
    throw new RankwiseError('no-adapter', 'Without an adapter there are only the values of the base.');
  const checkpoint = await openCheckpoint(resolveModel(params.model, { cwd: process.cwd() }));
  let adapted: Adapted | undefined;
  let factors: Factors | undefined;
  try {
    // Loaded only here: it brings the methods' tensors along.
    if (params.adapter !== undefined)
      adapted = await (await import('./spectra/adapted.ts')).openAdapted(checkpoint, params.adapter, home);
    const table = adapted?.table ?? anyTable(checkpoint);
    const all = matricesOf(checkpoint, table).map(({ module, matrix }) => ({
      module,
      matrix: {
        ...matrix,
        ...(adapted?.changes(module) && { adapted: true }),
        ...(adapted?.learns(module) && { learns: true }),
      },
    }));
    const sites = selectModules(all, params.modules, ({ matrix }) => matrix.name);
    emit({ type: 'matrices', matrices: sites.map(({ matrix }) => matrix) });

    const lanes = defaultThreads();
    const kernel = kernelNamed(params.kernel);
    const warnings: NonNullable<SpectrumResult['warnings']> = [];
    factors = open({
      ...(home !== undefined && { home }),
      linalg: { lanes, ...(kernel && { kernel }) },
      engine: { ...engine, start: (options) => startLinalgOn(kernel, () => engine.start(options)) },
      onWarning: ({ code, message }) => warnings.push({ code, message }),
    });
    const cost = ({ matrix }: Site) => costOf(matrix) * effortOf(matrix, of, changes);
    // One more than lanes: it is read while the others are computed.
    const width = lanes + 1;
    const progress = new Progress(sites.map(cost), width, emit);
    // Where matrices are few, each gets more than one core.
    const threads = Math.max(1, Math.floor(lanes / sites.length));
    let cached = 0;
    const one = async (site: Site, signal: AbortSignal) => {
      const took = (effort: number, found: { cached: boolean; seconds: number }) => {
        if (!found.cached) progress.took(effort * costOf(site.matrix), found.seconds);
      };
      const parts = { of, changes, factors: factors!, emit, took, ...(adapted && { adapted }) };
      if (await partsOf(site, () => readMatrix(checkpoint, site.module), parts, { signal, threads })) cached++;
      progress.next(cost(site));
    };
    const bounds = { width, room: availableMemory() / 2 };
    await inLanes(sites, (site) => bytesOf(site.matrix, of, changes), bounds, signal, one);
    const seconds = (performance.now() - began) / 1000;
    return {
      matrices: sites.length,
      cached,
      seconds,
      ...(factors.kernel && { kernel: factors.kernel }),
      ...(warnings.length > 0 && { warnings }),
    };
  } finally {
    await factors?.close();
    adapted?.close();
    checkpoint.close();
  }
}

interface Site {
  module: Module;
  matrix: SpectrumMatrix;
}

/** Operations of a decomposition, to a factor. */
const costOf = ({ shape: [m, n] }: SpectrumMatrix): number => m * n * Math.min(m, n);

/** At the worst moment: as stored, as float32 and the kernel's copy; for a change also merged, update, and both triplets. */
const bytesOf = (matrix: SpectrumMatrix, of: NonNullable<SpectrumParams['of']>, changes: boolean): number =>
  4 * matrix.shape[0] * matrix.shape[1] * (matrix.adapted && of.length > 1 ? (changes ? 10 : 5) : 3);

/** What this process may still take; a container's limit as well, where Node knows it. */
const availableMemory = (): number => process.availableMemory?.() ?? freemem();

function kernelNamed(name: string | undefined): LinalgKernel | undefined {
  if (name === undefined || name === 'auto') return undefined;
  const kernel = linalgKernels.find((known) => known === name);
  if (kernel) return kernel;
  throw new RankwiseError('unknown-kernel', `There is no kernel ${JSON.stringify(name)} for decompositions.`, {
    hint: `Use auto, ${linalgKernels.join(', ')}.`,
  });
}

/** Two of the kernels compute on the engine, which is loaded and started for them alone. */
async function startLinalgOn<T>(kernel: LinalgKernel | undefined, start: () => Promise<T>): Promise<T> {
  if (kernel === 'tensorflow' || kernel === 'webgpu')
    try {
      await (await import('./start.ts')).startFor({ backend: kernel });
    } catch (error) {
      // It was asked for as a kernel: no recipe says `training.backend` here.
      const { code, message, hint, kind } = errorData(error);
      throw new RankwiseError(code, message, {
        kind,
        cause: error,
        field: 'kernel',
        ...(hint !== undefined && { hint }),
      });
    }
  return start();
}
