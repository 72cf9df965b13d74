"""Who must approve a pull request, and who has: values and pure functions, no I/O and no clock.

`policy` is what `gitiam.yaml` asks for, `facts` what is known of a pull request, `standing` what
follows from both, `codeowners` the file by which GitHub asks for reviews.
"""
