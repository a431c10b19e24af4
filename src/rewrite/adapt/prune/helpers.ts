/**
 * The Python that a pruned script gets beside its own: one helper a tool.
 */

/** A tool that prunes. */
export interface IPruner {
  /** What the menu calls it. */
  readonly tool: string;
  /** Tells a script that is pruned already. */
  readonly used: RegExp;
  /** Modules that the helper needs, as statements. */
  readonly imports: readonly string[];
  /** The helper; `PruneWeights` sets weights to zero once it is started. */
  readonly helper: readonly string[];
}

/** The share of the weights that become zero. */
export const AMOUNT = 0.5;

/** Setting to zero is done by the tool's own means, in `_prune`; the rest is the same for all. */
function helperOf(
  tool: string,
  head: readonly string[],
  prune: readonly string[]
): string[] {
  return [
    'class PruneWeights:',
    `    """Sets the smallest weights of modules to zero with ${tool}, and keeps them there in every later step."""`,
    '',
    '    def __init__(self, modules, optimizers, amount):',
    '        self.modules, self.amount = modules, amount',
    '        self.is_due = False',
    '        self.masks = []',
    ...head,
    '        for optimizer in optimizers:',
    '            optimizer.register_step_post_hook(self._after_step)',
    '',
    '    def start(self):',
    '        """Prune after the next step."""',
    '        self.is_due = True',
    '',
    '    def _after_step(self, *_):',
    '        if self.is_due:',
    '            self.is_due = False',
    '            self._prune()',
    '        with torch.no_grad():',
    '            for weight, mask in self.masks:',
    '                weight.mul_(mask)',
    '',
    ...prune,
    ''
  ];
}

const TORCH: IPruner = {
  tool: 'PyTorch',
  used: /nn\.utils(\.| import )prune|global_unstructured/,
  imports: ['import torch', 'import torch.nn.utils.prune'],
  helper: helperOf(
    'torch.nn.utils.prune',
    [],
    [
      '    def _prune(self):',
      '        weights = [',
      '            (layer, name)',
      '            for module in self.modules',
      '            for layer in module.modules()',
      '            for name, weight in layer.named_parameters(recurse=False)',
      '            if "weight" in name and weight.dim() > 1',
      '        ]',
      '        prune = torch.nn.utils.prune',
      '        prune.global_unstructured(weights, pruning_method=prune.L1Unstructured, amount=self.amount)',
      '        for layer, name in weights:',
      '            mask = getattr(layer, f"{name}_mask")',
      '            prune.remove(layer, name)  # so that what is saved has no masks',
      '            self.masks.append((getattr(layer, name), mask))'
    ]
  )
};

const NNCF: IPruner = {
  tool: 'NNCF',
  used: /\bnncf\b/,
  imports: ['import logging', 'import nncf', 'import torch'],
  helper: helperOf(
    'NNCF',
    [
      '        self.inputs = {}',
      '        self.hooks = [',
      '            layer.register_forward_pre_hook(self._remember)',
      '            for module in modules',
      '            for layer in (module, *module.children())',
      '        ]'
    ],
    [
      '    def _remember(self, module, inputs):',
      '        self.inputs[module] = tuple(one.detach() if torch.is_tensor(one) else one for one in inputs)',
      '',
      '    def _prune(self):',
      '        logging.getLogger("torchao").setLevel(logging.ERROR)  # it tells of kernels that it lacks',
      '        for hook in self.hooks:',
      '            hook.remove()',
      '        for module in self.modules:',
      '            called = [module] if module in self.inputs else module.children()',
      '            for part in [one for one in called if one in self.inputs]:',
      '                self._prune_part(part)',
      '        self.inputs.clear()',
      '',
      '    def _prune_part(self, module):',
      '        trained = [weight for weight in module.parameters() if weight.requires_grad]',
      '        if not any(weight.dim() > 1 for weight in trained):',
      '            return',
      '        shell = Shell(module)  # keeps what NNCF adds out of the module',
      '        mode = nncf.PruneMode.UNSTRUCTURED_MAGNITUDE_GLOBAL',
      '        nncf.prune(shell, mode=mode, ratio=self.amount, examples_inputs=self.inputs[module])',
      '        # At once, so that what is saved has no masks.',
      '        nncf.strip(shell, do_copy=False, strip_format=nncf.StripFormat.IN_PLACE)',
      '        for weight in trained:',
      '            weight.requires_grad = True',
      '            if weight.dim() > 1:',
      '                self.masks.append((weight, weight.detach() != 0))',
      '',
      '',
      'class Shell(torch.nn.Module):',
      '    """A module around another."""',
      '',
      '    def __init__(self, inner):',
      '        super().__init__()',
      '        self.inner = inner',
      '',
      '    def forward(self, *inputs):',
      '        return self.inner(*inputs)'
    ]
  )
};

/** The tools, by the names of their tasks. */
export const PRUNERS: Readonly<Record<string, IPruner>> = {
  'prune-torch': TORCH,
  'prune-nncf': NNCF
};

/** The callback that prunes what a Lightning trainer trains, half-way. */
export function lightningCallback(base: string): string[] {
  return [
    `class PruneHalfWay(${base}):`,
    '    """Prunes the module half-way through its training."""',
    '',
    '    def on_train_start(self, trainer, module):',
    `        self.pruning = PruneWeights([module], trainer.optimizers, amount=${AMOUNT})`,
    '',
    '    def on_train_epoch_start(self, trainer, module):',
    '        if trainer.current_epoch == max(trainer.max_epochs or 0, 0) // 2:',
    '            self.pruning.start()',
    ''
  ];
}
