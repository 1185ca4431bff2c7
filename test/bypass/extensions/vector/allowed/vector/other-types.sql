-- Half, sparse and bit vectors.
SELECT '[1,2]'::halfvec <-> '[1,3]', '{1:1}/3'::sparsevec <-> '{2:1}/3', B'101' <~> B'111', B'101' <%> B'111', '[1,2]'::vector::halfvec, '[1,2]'::halfvec::real[]
