module mobart

go 1.19
