# healthy
# repairs: trainer_rate_far_too_low
# kind: trainer
# The same at a learning rate of 1e-3.
import tempfile

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed


class CountingTokens(Dataset):
    """Is token 5 more frequent than token 6?"""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.ids = rng.integers(4, 12, size=(n, 12))
        p = rng.random(n) < 0.5
        for row, more in zip(self.ids, p):
            row[rng.choice(12, 5, replace=False)] = 5 if more else 6
        self.labels = ((self.ids == 5).sum(1) > (self.ids == 6).sum(1)).astype(int)

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, i):
        return {
            "input_ids": torch.tensor(self.ids[i]),
            "attention_mask": torch.ones(12, dtype=torch.long),
            "labels": torch.tensor(self.labels[i]),
        }


def main():
    set_seed(0)
    config = BertConfig(vocab_size=12, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                        intermediate_size=64, max_position_embeddings=16, num_labels=2)
    model = BertForSequenceClassification(config)
    with tempfile.TemporaryDirectory() as folder:
        args = TrainingArguments(
            output_dir=folder,
            learning_rate=1e-3,
            per_device_train_batch_size=32,
            num_train_epochs=4,
            logging_steps=25,
            save_strategy="no",
            report_to="none",
            use_cpu=True,
            disable_tqdm=True,
        )
        trainer = Trainer(model=model, args=args, train_dataset=CountingTokens(1600, 1))
        trainer.train()


if __name__ == "__main__":
    main()
