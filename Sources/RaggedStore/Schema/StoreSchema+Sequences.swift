extension StoreSchema {
  /// A row a sequence. The key comes first in its index, so that no question about a dataset goes by way of it.
  static let sequenceTable = """
    CREATE TABLE sequence (
      id INTEGER PRIMARY KEY,
      dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
      key TEXT NOT NULL CHECK (length(key) > 0),
      split TEXT NOT NULL CHECK (length(split) > 0),
      length INTEGER NOT NULL CHECK (length BETWEEN 0 AND 2147483647),
      class INTEGER CHECK (class >= 0),
      checksum INTEGER NOT NULL CHECK (checksum BETWEEN 0 AND 4294967295),
      seal INTEGER NOT NULL CHECK (seal BETWEEN 0 AND 4294967295),
      source_id INTEGER NOT NULL REFERENCES source,
      line INTEGER NOT NULL CHECK (line >= 0),
      weight REAL CHECK (weight BETWEEN 0 AND 3.4028234663852886e38),
      "group" TEXT,
      metadata TEXT,
      CONSTRAINT metadata_is_an_object
        CHECK (metadata IS NULL OR CASE WHEN json_valid(metadata) THEN json_type(metadata) = 'object' ELSE 0 END),
      UNIQUE (key, dataset_id),
      FOREIGN KEY (dataset_id, class) REFERENCES class (dataset_id, position) DEFERRABLE INITIALLY DEFERRED
    ) STRICT;
    """

  /// The blobs.
  static let dataTable = """
    CREATE TABLE sequence_data (
      sequence_id INTEGER PRIMARY KEY REFERENCES sequence ON DELETE CASCADE,
      input BLOB NOT NULL CHECK (length(input) % 4 = 0),
      target BLOB CHECK (length(target) % 4 = 0),
      validity BLOB,
      CHECK (validity IS NULL OR CASE length(validity) WHEN 0 THEN length(input) = 0
        ELSE length(input) % (4 * length(validity)) = 0 END)
    ) STRICT;
    """

  /// What people and conditions read.
  static let sequencesView = """
    CREATE VIEW sequences AS
      SELECT sequence.id AS id, dataset.name AS dataset, sequence.key AS key, sequence.split AS split,
        sequence.length AS length, class.name AS class, coalesce(sequence.weight, 1.0) AS weight,
        sequence."group" AS "group", sequence.metadata AS metadata
      FROM sequence
      JOIN dataset ON dataset.id = sequence.dataset_id
      LEFT JOIN class ON class.dataset_id = sequence.dataset_id AND class.position = sequence.class;
    """
}
