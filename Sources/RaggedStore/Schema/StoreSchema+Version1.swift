extension StoreSchema {
  /// The table of version 1: no seals, and an index that answered what `length_count` answers now.
  static let sequenceTableVersion1 = """
    CREATE TABLE sequence (
      id INTEGER PRIMARY KEY,
      dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
      key TEXT NOT NULL CHECK (length(key) > 0),
      split TEXT NOT NULL CHECK (length(split) > 0),
      length INTEGER NOT NULL CHECK (length BETWEEN 0 AND 2147483647),
      class INTEGER CHECK (class >= 0),
      checksum INTEGER NOT NULL CHECK (checksum BETWEEN 0 AND 4294967295),
      source_id INTEGER NOT NULL REFERENCES source,
      line INTEGER NOT NULL CHECK (line >= 0),
      weight REAL CHECK (weight BETWEEN 0 AND 3.4028234663852886e38),
      "group" TEXT,
      metadata TEXT,
      CONSTRAINT metadata_is_an_object
        CHECK (metadata IS NULL OR CASE WHEN json_valid(metadata) THEN json_type(metadata) = 'object' ELSE 0 END),
      UNIQUE (dataset_id, key),
      FOREIGN KEY (dataset_id, class) REFERENCES class (dataset_id, position) DEFERRABLE INITIALLY DEFERRED
    ) STRICT;
    CREATE INDEX sequence_figures ON sequence (dataset_id, split, class, length);
    """

  /// Every object of a store of version 1.
  static let version1 = [
    datasetTables, sequenceTableVersion1, dataTable, figureTables, runTables, sequencesView,
  ].joined(separator: "\n")

  /// Answers what `length_count` does, where a file of version 1 is only read.
  static let lengthCountsOfVersion1 = """
    CREATE TEMP VIEW length_count AS
      SELECT dataset_id, split, coalesce(class, -1) AS class, length, count(*) AS count
      FROM sequence GROUP BY dataset_id, split, class, length
    """
}
