import * as tf from '@tensorflow/tfjs-core';

/** The derivative of one tfjs kernel. */
export interface Gradient {
  /** Inputs kept for the backward pass; `all` for kernels with a list of inputs. */
  inputs?: readonly string[] | 'all';
  /** Whether the result is kept too, after the inputs. */
  output?: true;
  /** Of what is kept only the shape is read: the values may be freed at once. */
  shapesOnly?: true;
  /** Thunks by input name (by position for a list of inputs). `dys` has one tensor per output. */
  of(dys: tf.Tensor[], kept: tf.Tensor[], attrs: tf.NamedAttrMap): Record<string, () => tf.Tensor>;
}
export type Gradients = Record<string, Gradient>;

const shapesOnly = new Set<string>();

/** Whether the tensors that the kernel's gradient keeps serve for their shapes alone. */
export const keepsShapesOnly = (kernelName: string): boolean => shapesOnly.has(kernelName);

const constants = new Set<string>();

/** Declares that the backward pass takes what the kernel makes for a constant: no gradient goes through it. */
export function declareConstant(kernelName: string): void {
  constants.add(kernelName);
}

export const makesConstants = (kernelName: string): boolean => constants.has(kernelName);

export function registerGradients(gradients: Gradients): void {
  for (const [kernelName, { inputs = [], output, shapesOnly: shapes, of }] of Object.entries(gradients)) {
    if (shapes) shapesOnly.add(kernelName);
    tf.registerGradient({
      kernelName,
      ...(inputs === 'all' ? { saveAllInputs: true } : { inputsToSave: [...inputs] }),
      outputsToSave: [output === true],
      gradFunc: (dy, kept, attrs) => of(Array.isArray(dy) ? dy : [dy], kept, attrs),
    });
  }
}
