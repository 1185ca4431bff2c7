-- What the extension computes.
SELECT vector_dims(embedding), vector_norm(embedding), l2_distance(embedding, embedding), cosine_distance(embedding, embedding), l2_normalize(embedding), subvector(embedding, 1, 2), embedding + embedding, embedding * embedding FROM items
