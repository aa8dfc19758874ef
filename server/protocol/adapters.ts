/** What is made of saved adapters: merged models, exports, compositions. */

/** How LoRA factors are summed: side by side, by the singular value decomposition of the sum, or factor by factor. */
export const combines = ['cat', 'svd', 'linear'] as const;
export type Combine = (typeof combines)[number];

/** An adapter folder, or that of a run with several, and what its changes are multiplied by. */
export interface WeightedAdapter {
  adapter: string;
  weight: number;
}
