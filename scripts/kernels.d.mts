export const kernelTargets: string[];
export function sourceHash(): string;
export function manifest(): { files: Record<string, { bytes: number; sha256: string; source: string }> };
export function unpackKernels(into?: string, target?: string): void;
