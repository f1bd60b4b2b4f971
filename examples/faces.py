"""Tell faces from other pictures with a small convolutional network.

The pictures are the 200 that scikit-image ships (`skimage.data.lfw_subset`): 100 faces from
"Labeled Faces in the Wild" and 100 cut-outs without one, 25 × 25 pixels each.

    python faces.py                  learns within seconds: all of 60 unseen pictures right
    python faces.py --show-units     and how often each unit of the last hidden layer fires
    python faces.py --bias -3        ill: every hidden unit starts far below zero and stays there
    python faces.py --lr 2           ill: the first steps are far too long, and kill the units
"""

import argparse

import torch
from skimage.data import lfw_subset
from torch import nn
from torch.nn import functional as F


class FaceNet(nn.Module):
    """Two convolutions, one hidden layer, one logit: above zero means "a face"."""

    def __init__(self, units=16, bias=0.1):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3),
            nn.Flatten(),
            # brings features that are all positive to mean 0: no unit starts closed on all of them
            nn.LayerNorm(24 * 4 * 4),
        )
        self.hidden = nn.Linear(24 * 4 * 4, units)
        self.out = nn.Linear(units, 1)
        for layer in (self.features[0], self.features[3], self.hidden):
            nn.init.constant_(layer.bias, bias)

    def units(self, pictures):
        """What the last hidden layer makes of some pictures."""
        return F.relu(self.hidden(self.features(pictures)))

    def forward(self, pictures):
        """Say how much each picture looks like a face."""
        # dropout makes each unit answer by itself, and not only together with others
        units = F.dropout(self.units(pictures), 0.5, self.training)
        return self.out(units).squeeze(1)


def load(seed):
    """Keep 30 of the 100 faces and 30 of the 100 others back for the test."""
    pictures = torch.tensor(lfw_subset(), dtype=torch.float32).unsqueeze(1)
    is_face = torch.arange(200) < 100
    shuffle = torch.Generator().manual_seed(seed)
    faces = torch.randperm(100, generator=shuffle)
    others = 100 + torch.randperm(100, generator=shuffle)
    training = torch.cat([faces[30:], others[30:]])
    held_out = torch.cat([faces[:30], others[:30]])
    pictures = (pictures - pictures[training].mean()) / pictures[training].std()
    return tuple((pictures[part], is_face[part].float()) for part in (training, held_out))


def train(model, pictures, faces, args):
    """Go through the pictures some times, half of them mirrored."""
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, weight_decay=1e-3)
    for epoch in range(1, args.epochs + 1):
        model.train()
        total = 0.0
        for batch in torch.randperm(len(pictures)).split(20):
            x = pictures[batch]
            mirrored = torch.rand(len(x), 1, 1, 1) < 0.5
            x = torch.where(mirrored, x.flip(-1), x)
            loss = F.binary_cross_entropy_with_logits(model(x), faces[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        if epoch % 10 == 0 or epoch == args.epochs:
            print(f"epoch {epoch:3d}  loss {total / len(pictures):.4f}")


@torch.no_grad()
def accuracy(model, pictures, faces):
    """Share of pictures told right."""
    model.eval()
    return ((model(pictures) > 0) == (faces > 0.5)).float().mean().item()


@torch.no_grad()
def show_units(model, pictures, faces):
    """Print how often each unit of the last hidden layer is above zero."""
    model.eval()
    fires = (model.units(pictures) > 0).float()
    on_faces, on_rest = fires[faces > 0.5].mean(0), fires[faces < 0.5].mean(0)
    count = int(faces.sum())
    print(f"\nHow often each unit fires on {count} unseen faces and {len(faces) - count} others:")
    print(f"\n  unit  {'faces':<26}  others")
    for unit in (on_faces - on_rest).argsort(descending=True).tolist():
        bars = "  ".join(
            f"{'█' * round(20 * share):·<20}  {share:4.0%}"
            for share in (on_faces[unit].item(), on_rest[unit].item())
        )
        print(f"  {unit:4d}  {bars}")


def main():
    """Train, and test on pictures that were kept back."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--lr", type=float, default=0.01, help="learning rate (try 2)")
    parser.add_argument("--bias", type=float, default=0.1, help="initial bias (try -3)")
    parser.add_argument("--units", type=int, default=16, help="units of the last hidden layer")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show-units", action="store_true", help="what each unit answers to")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    training, held_out = load(args.seed)
    model = FaceNet(args.units, args.bias)
    train(model, *training, args)
    print(f"accuracy: {accuracy(model, *training):.1%} of the training pictures,", end=" ")
    print(f"{accuracy(model, *held_out):.1%} of {len(held_out[0])} unseen ones")
    if args.show_units:
        show_units(model, *held_out)


if __name__ == "__main__":
    main()
