"""The form of a skill and the pieces that several skills share; the skills are the files of the folder above."""
