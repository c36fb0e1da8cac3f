"""ComfyUI, of today and of 2024."""
