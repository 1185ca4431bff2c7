-- Clusters in a window.
SELECT id, ST_ClusterDBSCAN(place, 1, 2) OVER (), ST_ClusterKMeans(place, 2) OVER () FROM places
