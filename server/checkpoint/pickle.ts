/** Pickle files can run any program when they are opened, so they are never opened. */
export const pickleSuffixes = ['.bin', '.pt', '.pth', '.ckpt', '.pkl'] as const;

export const pickleHint =
  'Pickle files can run code and are not opened. Convert once in Python, from a source that you trust: ' +
  "AutoModel.from_pretrained('FOLDER').save_pretrained('NEW_FOLDER') writes model.safetensors.";
