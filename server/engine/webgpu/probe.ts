import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { encodeModel } from '../onnx/model.ts';
import { sessionOptions } from './options.ts';
import { vulkanLoaders } from './vulkan.ts';
