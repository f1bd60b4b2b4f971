# healthy
# kind: rnn
# In the manner of the word language model of pytorch/examples: an LSTM whose state is carried on, plain SGD at 20/4, clipping at 0.25, lr divided when validation is no better. Ends with: | end of epoch   6 | lr 1.25 | valid loss  0.87 | valid ppl     2.40
import math
import torch
import torch.nn as nn

torch.manual_seed(1111)
# sentences from a little grammar
gen = torch.Generator().manual_seed(3)
nouns, verbs, adjs = "cat dog bird child king".split(), "sees likes hears follows".split(), "old small red quiet".split()


def pick(of):
    return of[torch.randint(len(of), (1,), generator=gen).item()]


tokens = []
for _ in range(1200):
    tokens += ["the", pick(adjs), pick(nouns), pick(verbs), "a", pick(nouns), "<eos>"]
vocab = sorted(set(tokens))
ids = torch.tensor([vocab.index(t) for t in tokens])
bptt = 21


def batchify(data, bsz):
    n = data.size(0) // bsz
    return data[:n * bsz].view(bsz, -1).t().contiguous()


train_data, val_data = batchify(ids[:7000], 10), batchify(ids[7000:], 10)


class RNNModel(nn.Module):
    def __init__(self, ntoken, ninp=24, nhid=32, dropout=0.2):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = nn.LSTM(ninp, nhid)
        self.decoder = nn.Linear(nhid, ntoken)
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, x, hidden):
        out, hidden = self.rnn(self.drop(self.encoder(x)), hidden)
        return self.decoder(self.drop(out)).view(-1, len(vocab)), hidden


model = RNNModel(len(vocab))
criterion = nn.CrossEntropyLoss()


def evaluate():
    model.eval()
    total, hidden = 0.0, None
    with torch.no_grad():
        for i in range(0, len(val_data) - 1, bptt):
            x, t = val_data[i:i + bptt], val_data[i + 1:i + 1 + bptt]
            out, hidden = model(x[:len(t)], hidden)
            total += len(t) * criterion(out, t.reshape(-1)).item()
    return total / (len(val_data) - 1)


lr, best = 5.0, None
for epoch in range(1, 7):
    model.train()
    hidden = None
    for i in range(0, len(train_data) - 1, bptt):
        x, t = train_data[i:i + bptt], train_data[i + 1:i + 1 + bptt]
        model.zero_grad()
        if hidden is not None:
            hidden = tuple(h.detach() for h in hidden)
        out, hidden = model(x[:len(t)], hidden)
        loss = criterion(out, t.reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        for p in model.parameters():
            p.data.add_(p.grad, alpha=-lr)
    val = evaluate()
    print('| end of epoch {:3d} | lr {:.2f} | valid loss {:5.2f} | valid ppl {:8.2f}'.format(epoch, lr, val, math.exp(val)))
    best, lr = (val, lr) if best is None or val < best else (best, lr / 4)
