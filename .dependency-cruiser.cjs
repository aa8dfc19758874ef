// The floors of the house (docs/DESIGN.md §2) as a lint rule: imports point downwards only.
const rooms = (...names) => `^server/(${names.join('|')})/`;
const ground = [
  'protocol',
  'wire',
  'recipe',
  'architectures',
  'methods',
  'datafiles',
  'engine',
  'spectrum',
  'metrics',
  'chat',
];
const first = ['budget', 'checkpoint', 'data', 'models', 'adapters', 'daemon', 'backends', 'factors'];
const second = ['language', 'cli', 'training', 'report'];
// What is known of recipes and files without a tensor, and the rooms that are made of it.
const files = ['recipe', 'chat', 'architectures', 'methods', 'datafiles', 'metrics', 'budget', 'checkpoint'];
const tensorless = ['wire', ...files, 'exchange', 'inspect', 'report'];
const tensors = ['engine', 'models', 'adapters', 'training', 'data'];

/** `from` may import itself, the basement (`base`), `protocol`, packages, and whatever `also` names; nothing else in the house. */
const only = (from, also = [], comment = '') => ({
  name: `floor-${from}`,
  severity: 'error',
  comment,
  from: { path: rooms(from) },
  to: { path: '^(server|client|webviews)/', pathNot: rooms(from, 'base', 'protocol', ...also) },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'floor-base',
      severity: 'error',
      from: { path: rooms('base') },
      to: { path: '^(server|client|webviews)/', pathNot: rooms('base') },
    },
    {
      name: 'floor-protocol',
      severity: 'error',
      from: { path: rooms('protocol') },
      to: { path: '^(server|client|webviews)/', pathNot: rooms('protocol', 'base') },
    },
    ...['wire', 'recipe', 'architectures', 'datafiles', 'engine', 'spectrum', 'metrics'].map((r) => only(r)),
    only('methods', ['recipe'], 'a method may name a recipe field type'),
    only('chat', ['recipe', 'datafiles'], 'names of templates, and rows that hold conversations'),
    only('daemon', ['wire', 'metrics'], 'an outer face: protocol, wire, and which of several runs is the best'),
    only('backends', ['wire'], 'installers: no tensors'),
    ...['budget', 'checkpoint', 'data', 'models', 'adapters', 'factors'].map((r) =>
      only(
        r,
        ground.filter((g) => g !== 'wire'),
      ),
    ),
    only('training', [...ground, ...first.filter((r) => r !== 'daemon')]),
    only(
      'exchange',
      files,
      'recipes from and as the files of other tools: the editor and the command line both use it',
    ),
    only('report', ['methods', 'metrics'], 'what runs came to: no tensors'),
    only('inspect', files, 'saved adapters seen from outside: the editor, the command line and a job all use it'),
    only('language', tensorless, 'never loads the engine'),
    only('cli', [...tensorless, 'daemon', 'backends', 'spectrum'], 'reaches tensors through a worker job'),
    only('jobs', [...ground, ...first.filter((r) => r !== 'daemon'), 'training', 'inspect']),
    {
      name: 'pure-twins',
      severity: 'error',
      from: { path: rooms('budget', 'checkpoint') },
      to: { path: rooms('engine', 'models', 'adapters', 'data') },
    },
    {
      name: 'face-client',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^(server|webviews)/', pathNot: rooms('base', 'protocol', 'wire', 'metrics') },
    },
    {
      name: 'face-webviews',
      severity: 'error',
      from: { path: '^webviews/' },
      to: { path: '^(server|client)/', pathNot: rooms('protocol', 'base', 'spectrum', 'methods', 'metrics', 'report') },
    },
    {
      name: 'vscode-only-in-client',
      severity: 'error',
      from: { pathNot: '^(client|test/e2e)/' },
      to: { path: '^vscode$' },
    },
    {
      name: 'tensors-stay-upstairs',
      severity: 'error',
      from: {
        path: rooms(
          ...second.filter((r) => r !== 'training'),
          'daemon',
          'backends',
          'wire',
          'base',
          'recipe',
          'methods',
          'architectures',
          'metrics',
          'exchange',
          'inspect',
        ),
      },
      to: { path: ['onnxruntime', '@tensorflow', ...tensors.map((t) => `^server/${t}/`)] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js', '.json'] },
  },
};
