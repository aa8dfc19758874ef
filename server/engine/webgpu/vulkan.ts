import { constants } from 'node:os';
import { dirname, join } from 'node:path';

/** Keeps a library loaded after the handle is closed (dlfcn.h). */
const RTLD_NODELETE = 0x1000;

/**
 * Loads a shared library into the process for good, so that libraries loaded later find it under its name. Linux only.
 * @returns what the system's loader said, or undefined when it is loaded.
 */
export function preload(file: string): string | undefined {
  const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen as { RTLD_NOW: number; RTLD_GLOBAL: number };
  try {
    process.dlopen({ exports: {} }, file, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
  } catch (error) {
    const { message } = error as Error;
    // Node wanted an extension of its own, and found a plain library: loaded.
    return message.startsWith('Module did not self-register') ? undefined : message;
  }
  return undefined;
}

/** The files that may be Vulkan's loader on Linux: the system's, or one that lies beside the driver that the environment names. */
export function vulkanLoaders(environment: NodeJS.ProcessEnv = process.env): string[] {
  const drivers = environment.VK_DRIVER_FILES ?? environment.VK_ICD_FILENAMES ?? '';
  return [
    'libvulkan.so.1',
    ...drivers
      .split(':')
      .filter((file) => file !== '')
      .map((file) => join(dirname(file), 'libvulkan.so.1')),
  ];
}
