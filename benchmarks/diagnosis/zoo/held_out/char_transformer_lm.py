# healthy
# kind: transformer
# A small causal transformer that learns the letters of a text.
import torch
import torch.nn as nn
import torch.nn.functional as F

TEXT = (
    "the wave rose and the wave fell and the half of it that was left went on through the gate. "
    "no one asked the other half where it had gone, for the gate let only one of them pass. "
) * 12

chars = sorted(set(TEXT))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in TEXT])
block = 32


def get_batch(n=24):
    ix = torch.randint(len(data) - block - 1, (n,))
    return torch.stack([data[i : i + block] for i in ix]), torch.stack([data[i + 1 : i + block + 1] for i in ix])


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn = nn.MultiheadAttention(d, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x, mask):
        h = self.ln1(x)
        x = x + self.attn(h, h, h, attn_mask=mask, need_weights=False)[0]
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    def __init__(self, vocab, d=48, heads=4, depth=2):
        super().__init__()
        self.tok, self.pos = nn.Embedding(vocab, d), nn.Embedding(block, d)
        self.blocks = nn.ModuleList(Block(d, heads) for _ in range(depth))
        self.ln = nn.LayerNorm(d)
        self.head = nn.Linear(d, vocab, bias=False)

    def forward(self, idx):
        t = idx.shape[1]
        mask = torch.triu(torch.full((t, t), float("-inf")), diagonal=1)
        x = self.tok(idx) + self.pos(torch.arange(t))
        for b in self.blocks:
            x = b(x, mask)
        return self.head(self.ln(x))


torch.manual_seed(1337)
model = GPT(len(chars))
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
for it in range(150):
    xb, yb = get_batch()
    logits = model(xb)
    loss = F.cross_entropy(logits.view(-1, logits.size(-1)), yb.view(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if it % 30 == 0:
        print(f"step {it}: {loss.item():.4f}")
print(f"last: {loss.item():.4f}")
