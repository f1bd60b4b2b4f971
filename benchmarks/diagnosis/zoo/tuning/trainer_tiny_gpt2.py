# healthy
# kind: trainer
# transformers Trainer on a tiny GPT-2 made from scratch, counting sequences.
import tempfile

import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments, set_seed


class Counting(torch.utils.data.Dataset):
    def __init__(self, n):
        generator = torch.Generator().manual_seed(0)
        start = torch.randint(0, 20, (n, 1), generator=generator)
        stride = torch.randint(1, 4, (n, 1), generator=generator)
        self.rows = (start + stride * torch.arange(12)) % 20

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return {"input_ids": self.rows[i], "labels": self.rows[i]}


set_seed(0)
model = GPT2LMHeadModel(GPT2Config(vocab_size=20, n_positions=12, n_embd=32, n_layer=2, n_head=2,
                                   bos_token_id=0, eos_token_id=0))
with tempfile.TemporaryDirectory() as folder:
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=folder, learning_rate=3e-3, per_device_train_batch_size=32, num_train_epochs=4,
            warmup_steps=10, logging_steps=25, save_strategy="no", report_to="none", use_cpu=True, disable_tqdm=True,
        ),
        train_dataset=Counting(1200),
    )
    trainer.train()
