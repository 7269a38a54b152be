"""Muon for the matrices of the blocks: momentum whose update is made orthogonal, in 32-bit floats and in batches.

The method is K. Jordan's (2024): a Newton-Schulz iteration brings all singular values of the momentum near 1.
"""
import torch


def orthogonal(update: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Newton-Schulz on a batch of matrices with rows <= columns, iterating in the small (rows x rows) space."""
    a, b, c = 3.4445, -4.7750, 2.0315
    scale = update.norm(dim=(1, 2), keepdim=True) + 1e-7
    gram = update @ update.mT / scale ** 2
    eye = torch.eye(gram.shape[-1], device=gram.device).expand_as(gram)
    total = None
    for step in range(steps):
        square = gram @ gram
        factor = a * eye + b * gram + c * square
        total = factor if total is None else factor @ total
        if step < steps - 1:
            gram = factor @ gram @ factor
    return total @ (update / scale)


class Muon:
    """Updates every 2-D weight inside the blocks; ``c_attn`` counts as three matrices."""

    def __init__(self, blocks, make_orthogonal, momentum: float = 0.95, decay: float = 0.1):
        self.make_orthogonal = make_orthogonal
        self.momentum, self.decay = momentum, decay
        self.buffers: dict[int, torch.Tensor] = {}
        self.parameters = [value for block in blocks for name, value in block.named_parameters() if value.dim() == 2]
        for value in self.parameters:
            self.buffers[id(value)] = torch.zeros_like(value)

    def state(self) -> list[torch.Tensor]:
        return [self.buffers[id(value)] for value in self.parameters]

    def load(self, state: list[torch.Tensor]) -> None:
        for value, saved in zip(self.parameters, state):
            self.buffers[id(value)].copy_(saved)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        groups: dict[tuple[int, int], list[tuple[torch.Tensor, torch.Tensor, bool]]] = {}
        for value in self.parameters:
            if value.grad is None:
                continue
            buffer = self.buffers[id(value)]
            buffer.lerp_(value.grad, 1 - self.momentum)
            update = torch.lerp(value.grad, buffer, self.momentum)
            rows, columns = value.shape
            if rows == 3 * columns:
                pieces = zip(value.split(columns), update.split(columns))
            else:
                pieces = [(value, update)]
            for target, piece in pieces:
                tall = piece.shape[0] > piece.shape[1]
                piece = piece.mT if tall else piece
                groups.setdefault(tuple(piece.shape), []).append((target, piece, tall))
        stacked = [torch.stack([piece for _, piece, _ in members]) for members in groups.values()]
        for members, made in zip(groups.values(), self.make_orthogonal(stacked)):
            for (target, _, tall), update in zip(members, made):
                rows, columns = target.shape
                target.mul_(1 - rate * self.decay)
                target.add_(update.mT if tall else update, alpha=-rate * max(1.0, rows / columns) ** 0.5)
        for value in self.parameters:
            value.grad = None
