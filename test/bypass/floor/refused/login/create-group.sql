-- And as a group with members.
CREATE GROUP intruder USER corpus_reader
