"""What is stated about food, and what stands over it: parties to batches, holds, recalls."""
