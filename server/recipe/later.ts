/** Methods of the design that this version does not have yet: named as such, not as misspelt. */
export const laterMethods: readonly string[] = ['tied-lora'];
