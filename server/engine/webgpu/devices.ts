import { existsSync, readdirSync } from 'node:fs';

/** Device files of NVIDIA's driver, and of the GPU that Windows lends to its Linux. */
const NODES = ['/dev/nvidiactl', '/dev/dxg'];

/** Whether the system shows a GPU at all. On Linux each one has a device file; software has none. Elsewhere only a start tells. */
export function hasGpu(): boolean {
  if (process.platform !== 'linux') return true;
  return NODES.some((file) => existsSync(file)) || renderNodes().length > 0;
}

function renderNodes(): string[] {
  try {
    return readdirSync('/dev/dri').filter((name) => name.startsWith('render'));
  } catch {
    return []; // no GPU, or none that this process may see
  }
}
