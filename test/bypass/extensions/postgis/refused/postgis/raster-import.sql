-- Gives bytes to GDAL, some of whose formats name files and hosts.
SELECT ST_FromGDALRaster('<VRTDataset/>'::bytea)
