"""Guess the next letter of a text from the sixteen before it.

The text is the help of Python itself (`pydoc_data.topics`), some 400,000 characters.

    python letters.py             learns to write something like Python's manual
    python letters.py --scale 20  ill: such weights hold the tanh at -1 or 1 from the start
    python letters.py --lr 2      ill: the same after a few steps that are far too long
"""

import argparse
import string
from pydoc_data.topics import topics

import torch
from torch import nn
from torch.nn import functional as F

LETTERS = "\n" + string.printable[:95]
CONTEXT = 16


class NextLetter(nn.Module):
    """Embedded letters side by side, two hidden layers, a score for every letter."""

    def __init__(self, features, hidden, scale):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), features)
        self.first = nn.Linear(CONTEXT * features, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.scores = nn.Linear(hidden, len(LETTERS))
        with torch.no_grad():
            self.first.weight *= scale
            self.second.weight *= scale

    def forward(self, letters):
        """Score every letter as the one that comes next."""
        x = self.embedding(letters).flatten(1)
        x = torch.tanh(self.first(x))
        x = torch.tanh(self.second(x))
        return self.scores(x)


def load():
    """Read the text as numbers; letters outside ASCII become a question mark."""
    text = "\n".join(topics[name] for name in sorted(topics))
    number = {letter: place for place, letter in enumerate(LETTERS)}
    return torch.tensor([number.get(letter, number["?"]) for letter in text])


def batch_of(text, size):
    """Pick places in the text at random."""
    places = torch.randint(len(text) - CONTEXT, (size, 1))
    windows = text[places + torch.arange(CONTEXT + 1)]
    return windows[:, :-1], windows[:, -1]


@torch.no_grad()
def write(model, text, length):
    """Let the model go on from the start of the text."""
    letters = text[:CONTEXT].tolist()
    for _ in range(length):
        scores = model(torch.tensor([letters[-CONTEXT:]]))
        letters.append(int(torch.multinomial(F.softmax(scores[0], dim=0), 1)))
    return "".join(LETTERS[letter] for letter in letters[CONTEXT:])


def main():
    """Train, and let the model write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--features", type=int, default=16, help="of an embedded letter")
    parser.add_argument("--hidden", type=int, default=128, help="units of each hidden layer")
    parser.add_argument("--lr", type=float, default=0.001, help="learning rate (try 2)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the first weights (try 20)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    text = load()
    training, held_out = text[:-40_000], text[-40_000:]
    model = NextLetter(args.features, args.hidden, args.scale)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.1)
    for step in range(1, args.steps + 1):
        context, following = batch_of(training, args.batch)
        loss = F.cross_entropy(model(context), following)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 1000 == 0 or step == args.steps:
            print(f"step {step:5d}  loss {loss.item():.3f}")
    with torch.no_grad():
        context, following = batch_of(held_out, 4000)
        print(f"unseen text: loss {F.cross_entropy(model(context), following).item():.3f}")
    print(write(model, held_out, 200))


if __name__ == "__main__":
    main()
