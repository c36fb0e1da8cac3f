"""Where finished pictures are kept: S3 and whatever speaks its language, or memory."""
