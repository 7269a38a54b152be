/**
 * The house in rules: which layer may import which, which folder of a layer stands above which, and which package has one
 * keeper. `npm run check` runs them; docs/architecture.md draws them.
 */

/**
 * The layers, and what each may use besides itself. `node`: it may use Node's own modules. `packages`: the only packages
 * that it may import; absent: any that has no keeper elsewhere.
 * @type {Record<string, { uses: readonly string[], node: boolean, packages?: readonly string[] }>}
 */
const LAYERS = {
  'src/core': { uses: [], node: false, packages: ['zod', '@vscode/l10n', 'simple-statistics'] },
  'src/files': { uses: ['src/core'], node: true },
  'src/model': { uses: ['src/core', 'src/files'], node: true },
  'src/engine': { uses: ['src/core', 'src/files', 'src/model'], node: true },
  'src/engine-client': { uses: ['src/core'], node: true },
  'src/hub': { uses: ['src/core', 'src/files', 'src/model'], node: true },
  'src/export': { uses: ['src/core', 'webview'], node: true },
  'src/cli': { uses: ['src/core', 'src/files', 'src/model', 'src/hub', 'src/engine-client', 'src/export'], node: true },
  'src/host': { uses: ['src/core', 'src/files', 'src/model', 'src/hub', 'src/engine-client', 'src/export'], node: true },
  webview: { uses: ['src/core'], node: false },
};

/**
 * Folders within a layer, from the ground up: each may import only from those before it. What lies in the layer itself, such
 * as its entry, stands on top, except for the files named in `GROUND`.
 * @type {Record<string, readonly string[]>}
 */
const FOLDERS = {
  'src/core': ['text', 'format', 'pass', 'build', 'analyse', 'compare', 'insight', 'present', 'protocol'],
  'src/model': ['checkpoint', 'calibration', 'lens', 'architecture', 'tokenizer'],
  'src/engine': ['blocks', 'memory', 'onnx', 'interventions', 'runtime', 'service'],
  'src/hub': ['cache', 'remote'],
  'src/host': ['ui', 'session', 'panel', 'prompts', 'models', 'insights'],
  webview: ['lib', 'state', 'graph', 'picture', 'parts', 'features', 'host'],
};

/** Files of a layer on which its folders stand. */
const GROUND = [
  '^src/core/(problem|cancel|call-context)\\.ts$',
  '^src/model/schema-problem\\.ts$',
  '^src/hub/(disk|repository-id|model-summary)\\.ts$',
  '^src/host/(settings|l10n|own-turn)\\.ts$',
];

/** Packages with one keeper: on the day that one is exchanged, one folder changes. */
const KEEPERS = {
  'onnxruntime-node': ['src/engine'],
  '@huggingface/hub': ['src/hub'],
  '@huggingface/tokenizers': ['src/model/tokenizer'],
  'vis-network': ['webview/graph'],
  'vis-data': ['webview/graph'],
  '@vscode/webview-ui-toolkit': ['webview/lib/controls'],
};

const within = (/** @type {string} */ folder) => `^${folder}/`;
const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];

/** @returns {import('dependency-cruiser').IForbiddenRuleType[]} */
function layerRules() {
  return Object.entries(LAYERS).flatMap(([layer, { uses, node, packages }]) => {
    const others = [...Object.keys(LAYERS), 'src/extension.ts', 'test', 'scripts'].filter(
      (other) => other !== layer && !uses.includes(other),
    );
    return [
      {
        name: `${layer} uses only what stands below it`,
        severity: 'error',
        from: { path: within(layer) },
        to: { path: others.map((other) => (other.endsWith('.ts') ? `^${other}$` : within(other))) },
      },
      ...(node
        ? []
        : [
            {
              name: `${layer} runs where Node is not`,
              severity: 'error',
              from: { path: within(layer) },
              to: { dependencyTypes: ['core'] },
            },
          ]),
      ...(packages
        ? [
            {
              name: `${layer} imports no package but ${packages.join(', ')}`,
              severity: 'error',
              from: { path: within(layer) },
              to: { dependencyTypes: npm, pathNot: packages.map((name) => `node_modules/${name}/`) },
            },
          ]
        : []),
    ];
  });
}

/** @returns {import('dependency-cruiser').IForbiddenRuleType[]} */
function folderRules() {
  return Object.entries(FOLDERS).flatMap(([layer, folders]) =>
    folders.map((folder, i) => ({
      name: `${layer}/${folder} uses only what stands below it`,
      severity: 'error',
      from: { path: within(`${layer}/${folder}`) },
      to: { path: within(layer), pathNot: [...folders.slice(0, i + 1).map((below) => within(`${layer}/${below}`)), ...GROUND] },
    })),
  );
}

/** @returns {import('dependency-cruiser').IForbiddenRuleType[]} */
function keeperRules() {
  return Object.entries(KEEPERS).map(([name, keepers]) => ({
    name: `${name} has one keeper, ${keepers.join(', ')}`,
    severity: 'error',
    from: { pathNot: keepers.map(within) },
    to: { path: `node_modules/${name}/` },
  }));
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no cycles between files', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no cycles between folders', severity: 'error', scope: 'folder', from: {}, to: { circular: true } },
    {
      name: 'only the host knows VS Code',
      severity: 'error',
      from: { pathNot: [within('src/host'), '^src/extension\\.ts$', within('test/vscode'), within('test/bench/vscode/turns-of-host')] },
      to: { path: '^vscode$' },
    },
    {
      name: 'a feature of the page imports no other',
      severity: 'error',
      from: { path: '^webview/features/([^/]+)/' },
      to: { path: '^webview/features/', pathNot: '^webview/features/$1/' },
    },
    {
      name: 'webview/lib knows nothing of the page, nor of its messages',
      severity: 'error',
      from: { path: within('webview/lib') },
      to: { path: within('src/core/protocol') },
    },
    ...layerRules(),
    ...folderRules(),
    ...keeperRules(),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: ['^test/(oracle|fixtures)/.*fixtures'] },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json', '.css'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
