import { type ProbeResult, probe } from '../graph/probe.ts';
import { sessionOptions } from '../graph/session.ts';
import { isOfLibrary, REINSTALL } from '../onnxruntime/binding.ts';
import { PROVIDER } from './tensors.ts';
import { vulkanLoaders } from './vulkan.ts';

/** The GPU that WebGPU has chosen. */
export interface Adapter {
  device: string;
  /** Computes on the processor, slower than the CPU backend: for tests alone, never chosen automatically. */
  software: boolean;
}
export type Found = Adapter | { reason: string; fix: string };

/** Starts WebGPU in a process of its own and says on what it computes, or why it cannot and what to do. */
export const findAdapter = async (): Promise<Found> =>
  judge(
    await probe({
      libraries: [vulkanLoaders()],
      session: sessionOptions(PROVIDER, { strict: true }),
      // Vulkan's loader then tells which device was opened: WebGPU's own answer does not reach us.
      environment: { VK_LOADER_DEBUG: 'driver' },
    }),
  );

const VULKAN_FIX =
  "Install Vulkan's loader and your GPU's driver: `apt install libvulkan1 mesa-vulkan-drivers` (Debian, Ubuntu), " +
  "`dnf install vulkan-loader mesa-vulkan-drivers` (Fedora); NVIDIA's driver brings its own and needs only the loader.";
const DRIVER_FIX = "Update the GPU's driver; `onnxruntime`, the default, works without a GPU.";

/** What the probe's answer means. */
export function judge({ product, thrown, died, log }: ProbeResult): Found {
  if (product !== undefined) {
    if (String(product) !== '3,3,7,7')
      return { reason: `The GPU computes wrong: a product came out as ${product}, not 3,3,7,7.`, fix: DRIVER_FIX };
    const device = deviceIn(log);
    return { device, software: SOFTWARE.test(device) };
  }
  if (died !== undefined) return { reason: `The GPU's driver does not work: its process ${died}.`, fix: DRIVER_FIX };
  if (/Couldn't load Vulkan/.test(log))
    return { reason: "Vulkan's loader, libvulkan.so.1, is not installed.", fix: VULKAN_FIX };
  if (/Found no drivers|VK_ERROR_INCOMPATIBLE_DRIVER/.test(log))
    return {
      reason: "Vulkan finds no GPU driver (or the one that VK_DRIVER_FILES names isn't there).",
      fix: VULKAN_FIX,
    };
  if (/No supported adapters/.test(thrown!))
    return {
      reason: 'No GPU that WebGPU can use was found.',
      fix: process.platform === 'linux' ? VULKAN_FIX : DRIVER_FIX,
    };
  const said = thrown!.split('\n')[0]!;
  if (isOfLibrary(said)) return { reason: `onnxruntime itself does not load: ${said}`, fix: REINSTALL };
  return { reason: `WebGPU does not start: ${said}`, fix: DRIVER_FIX };
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|software/i;
const VENDORS: Record<string, string> = {
  '0x10de': 'NVIDIA',
  '0x1002': 'AMD',
  '0x8086': 'Intel',
  '0x106b': 'Apple',
  '0x5143': 'Qualcomm',
};
const GPU_TYPE = '1';

/** The device that Vulkan opened last; elsewhere the first GPU that onnxruntime discovered. */
function deviceIn(log: string): string {
  const opened = [...log.matchAll(/Using "(.+?)" with driver/g)].at(-1)?.[1];
  if (opened !== undefined) return opened;
  for (const [, id, vendor, type, metadata] of log.matchAll(
    /OrtHardwareDevice \{vendor_id:(\w+), device_id:\w+, vendor:(.*?), type:(\d), metadata: \[(.*?)\]\}/g,
  )) {
    if (type !== GPU_TYPE) continue;
    const described = /Description=([^,\]]+)/.exec(metadata!)?.[1];
    return described ?? `${VENDORS[id!] ?? vendor} GPU`;
  }
  return 'a GPU that does not tell its name';
}
