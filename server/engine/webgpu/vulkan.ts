import { dirname, join } from 'node:path';

/** Where Vulkan's loader may be on Linux: where the system looks, or beside the driver that the environment names. */
export function vulkanLoaders(environment: NodeJS.ProcessEnv = process.env): string[] {
  if (process.platform !== 'linux') return [];
  const drivers = environment.VK_DRIVER_FILES ?? environment.VK_ICD_FILENAMES ?? '';
  const beside = drivers
    .split(':')
    .filter((file) => file !== '')
    .map((file) => join(dirname(file), 'libvulkan.so.1'));
  return ['libvulkan.so.1', ...beside];
}
