/** onnxruntime's CUDA provider and NVIDIA's libraries under it, as Python wheels for Linux on x64; tested together. */
export const ONNXRUNTIME = '1.30.0';

export const WHEELS: readonly { name: string; version: string; sha256: string }[] = [
  {
    name: 'onnxruntime-gpu',
    version: ONNXRUNTIME,
    sha256: '4fbf0c5d7b5fb99266c2e8a802e3e64af68bdc383e0f3c7349b985f1087eedaa',
  },
  {
    name: 'nvidia-cuda-runtime',
    version: '13.5.37',
    sha256: 'df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d',
  },
  {
    name: 'nvidia-cublas',
    version: '13.10.0.20',
    sha256: 'dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84',
  },
  {
    name: 'nvidia-curand',
    version: '10.4.5.25',
    sha256: '22bb226a857e5888fe6b54ae465fc4371296bcff13a35f79e19691bcf454f529',
  },
  {
    name: 'nvidia-cudnn-cu13',
    version: '9.28.1.4',
    sha256: 'a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec',
  },
];

/** As pip wants it with --require-hashes. */
export const requirements = (): string =>
  WHEELS.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join('');

/** For pip: these wheels, whatever Python it runs on; only native libraries are taken out of them. */
export const WHICH: readonly string[] = [
  ...['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'none'],
  ...['manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64'].flatMap(
    (platform) => ['--platform', platform],
  ),
];
