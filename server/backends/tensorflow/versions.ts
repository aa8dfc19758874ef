/** What has been tested together; a new one is taken on purpose, after `npm run test:tensorflow` has run on it. */
export const TFJS_NODE = '4.22.0';
/** Node-API's C headers: the binding needs nothing else of Node, and one build of it serves every Node. */
export const NODE_API_HEADERS = '1.9.0';
/** Major and minor of TensorFlow. */
export const TENSORFLOW = '2.21';
/** Minors of Python 3 that TensorFlow has wheels for. */
export const PYTHON_MINORS = [10, 11, 12, 13] as const;
