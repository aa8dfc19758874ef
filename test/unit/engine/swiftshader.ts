import { existsSync } from 'node:fs';

/** The software GPU that comes with Debian's chromium: slow and right, for tests. */
const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Names it as the only GPU; where there is none, says so and answers false. To be called before the engine starts. */
export function useSwiftShader(): boolean {
  if (existsSync(DRIVER)) {
    process.env.VK_ICD_FILENAMES = DRIVER;
    return true;
  }
  console.log(`WebGPU is not tested here: there is no ${DRIVER} (Debian: apt install chromium).`);
  return false;
}
