/// The tables, indexes and views, word for word as they stand in every store.
///
/// The article "The schema of a store" describes each table and column.
extension StoreSchema {
  /// The statements that make every object of a store.
  static let creation = [
    datasetTables, columnTables, unfinishedTable, sequenceTable, dataTable, figureTables, lengthCountTable,
    quarantineTable,
    runTables, "CREATE VIEW sequences AS\n\(sequencesQuery());",
  ].joined(separator: "\n")

  /// The tables that say what a dataset holds.
  static let datasetTables = """
    CREATE TABLE dataset (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE CHECK (length(name) > 0),
      created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
      input_kind TEXT NOT NULL CHECK (input_kind IN ('features', 'tokens', 'text')),
      feature_count INTEGER NOT NULL CHECK (feature_count >= 0),
      token_unit TEXT CHECK (token_unit IN ('characters', 'words')),
      token_size INTEGER CHECK (token_size >= 0),
      target_kind TEXT NOT NULL CHECK (target_kind IN ('none', 'class_per_sequence', 'class_per_timestep',
        'values_per_sequence', 'values_per_timestep')),
      target_width INTEGER NOT NULL CHECK (target_width >= 0),
      class_column TEXT NOT NULL DEFAULT 'class' CHECK (length(class_column) > 0),
      classes_declared INTEGER NOT NULL DEFAULT 0 CHECK (classes_declared IN (0, 1)),
      CHECK ((input_kind = 'text') = (token_unit IS NOT NULL)),
      CHECK ((input_kind = 'tokens') = (token_size IS NOT NULL)),
      CHECK (input_kind = 'features' OR feature_count = 1),
      CHECK ((target_kind = 'none') = (target_width = 0))
    ) STRICT;

    CREATE TABLE feature (
      dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      name TEXT NOT NULL,
      PRIMARY KEY (dataset_id, position),
      UNIQUE (dataset_id, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE class (
      dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      name TEXT NOT NULL,
      PRIMARY KEY (dataset_id, position),
      UNIQUE (dataset_id, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE target_value (
      dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      name TEXT NOT NULL,
      PRIMARY KEY (dataset_id, position),
      UNIQUE (dataset_id, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE token (
      dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 1),
      token TEXT NOT NULL,
      PRIMARY KEY (dataset_id, position),
      UNIQUE (dataset_id, token)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE source (
      id INTEGER PRIMARY KEY,
      dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
      name TEXT NOT NULL,
      imported_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
      reading TEXT
    ) STRICT;
    CREATE INDEX source_dataset ON source (dataset_id);
    """

  /// The columns beside input and target, and the names of their categories.
  static let columnTables = """
    CREATE TABLE dataset_column (
      dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      name TEXT NOT NULL CHECK (length(name) > 0),
      kind TEXT NOT NULL CHECK (kind IN ('number', 'category', 'time')),
      extent TEXT NOT NULL CHECK (extent IN ('timestep', 'sequence', 'labels')),
      role TEXT NOT NULL CHECK (role IN ('input', 'target', 'other')),
      CHECK (extent <> 'labels' OR kind = 'category'),
      PRIMARY KEY (dataset_id, position),
      UNIQUE (dataset_id, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE column_name (
      dataset_id INTEGER NOT NULL,
      "column" INTEGER NOT NULL,
      code INTEGER NOT NULL CHECK (code >= 1),
      name TEXT NOT NULL,
      PRIMARY KEY (dataset_id, "column", code),
      UNIQUE (dataset_id, "column", name),
      FOREIGN KEY (dataset_id, "column") REFERENCES dataset_column (dataset_id, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """

  /// Files of which a resumable import has stored a part.
  static let unfinishedTable = """
    CREATE TABLE unfinished_import (
      source_id INTEGER PRIMARY KEY REFERENCES source ON DELETE CASCADE,
      fingerprint TEXT NOT NULL
    ) STRICT;
    """

  /// A row per sequence. The key comes first in its index, so that no question about a dataset goes by way of it.
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
      statics TEXT,
      CONSTRAINT metadata_is_an_object
        CHECK (metadata IS NULL OR CASE WHEN json_valid(metadata) THEN json_type(metadata) = 'object' ELSE 0 END),
      CONSTRAINT statics_are_an_array
        CHECK (statics IS NULL OR CASE WHEN json_valid(statics) THEN json_type(statics) = 'array' ELSE 0 END),
      UNIQUE (key, dataset_id),
      FOREIGN KEY (dataset_id, class) REFERENCES class (dataset_id, position) DEFERRABLE INITIALLY DEFERRED
    ) STRICT;
    """

  static let dataTable = """
    CREATE TABLE sequence_data (
      sequence_id INTEGER PRIMARY KEY REFERENCES sequence ON DELETE CASCADE,
      input BLOB NOT NULL CHECK (length(input) % 4 = 0),
      target BLOB CHECK (length(target) % 4 = 0),
      validity BLOB,
      observed BLOB,
      numbers BLOB CHECK (length(numbers) % 4 = 0),
      cells_observed BLOB,
      codes BLOB CHECK (length(codes) % 4 = 0),
      times BLOB CHECK (length(times) % 8 = 0),
      labels BLOB CHECK (length(labels) % 4 = 0),
      CHECK (validity IS NULL OR CASE length(validity) WHEN 0 THEN length(input) = 0
        ELSE length(input) % (4 * length(validity)) = 0 END)
    ) STRICT;
    """

  /// What people and conditions read.
  /// - Parameter columns: more of them, each with a comma before it; those of the file's own view where there is none.
  static func sequencesQuery(_ columns: String = "") -> String {
    """
      SELECT sequence.id AS id, dataset.name AS dataset, sequence.key AS key, sequence.split AS split,
        sequence.length AS length, class.name AS class, coalesce(sequence.weight, 1.0) AS weight,
        sequence."group" AS "group", sequence.metadata AS metadata\(columns)
      FROM sequence
      JOIN dataset ON dataset.id = sequence.dataset_id
      LEFT JOIN class ON class.dataset_id = sequence.dataset_id AND class.position = sequence.class
    """
  }

  /// Figures of columns and classes that imports keep up to date.
  static let figureTables = """
    CREATE TABLE feature_statistics (
      dataset_id INTEGER NOT NULL,
      split TEXT NOT NULL,
      class INTEGER NOT NULL CHECK (class >= -1),
      position INTEGER NOT NULL,
      count INTEGER NOT NULL CHECK (count >= 0),
      missing INTEGER NOT NULL CHECK (missing >= 0),
      mean REAL NOT NULL,
      m2 REAL NOT NULL,
      minimum REAL NOT NULL,
      maximum REAL NOT NULL,
      PRIMARY KEY (dataset_id, split, class, position),
      FOREIGN KEY (dataset_id, position) REFERENCES feature (dataset_id, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE timestep_class_count (
      dataset_id INTEGER NOT NULL,
      split TEXT NOT NULL,
      class INTEGER NOT NULL,
      count INTEGER NOT NULL CHECK (count >= 0),
      PRIMARY KEY (dataset_id, split, class),
      FOREIGN KEY (dataset_id, class) REFERENCES class (dataset_id, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE missing_target (
      dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
      split TEXT NOT NULL,
      position INTEGER NOT NULL CHECK (position >= 0),
      count INTEGER NOT NULL CHECK (count > 0),
      PRIMARY KEY (dataset_id, split, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE column_statistics (
      dataset_id INTEGER NOT NULL,
      split TEXT NOT NULL,
      class INTEGER NOT NULL CHECK (class >= -1),
      "column" INTEGER NOT NULL,
      count INTEGER NOT NULL CHECK (count >= 0),
      missing INTEGER NOT NULL CHECK (missing >= 0),
      mean REAL NOT NULL,
      m2 REAL NOT NULL,
      minimum REAL NOT NULL,
      maximum REAL NOT NULL,
      PRIMARY KEY (dataset_id, split, class, "column"),
      FOREIGN KEY (dataset_id, "column") REFERENCES dataset_column (dataset_id, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE column_count (
      dataset_id INTEGER NOT NULL,
      split TEXT NOT NULL,
      class INTEGER NOT NULL CHECK (class >= -1),
      "column" INTEGER NOT NULL,
      code INTEGER NOT NULL CHECK (code >= 0),
      count INTEGER NOT NULL CHECK (count > 0),
      timesteps INTEGER NOT NULL CHECK (timesteps >= 0),
      PRIMARY KEY (dataset_id, split, class, "column", code),
      FOREIGN KEY (dataset_id, "column") REFERENCES dataset_column (dataset_id, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """

  /// How many sequences of each split and class have each length.
  static let lengthCountTable = """
    CREATE TABLE length_count (
      dataset_id INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
      split TEXT NOT NULL,
      class INTEGER NOT NULL CHECK (class >= -1),
      length INTEGER NOT NULL CHECK (length >= 0),
      count INTEGER NOT NULL CHECK (count > 0),
      PRIMARY KEY (dataset_id, split, class, length)
    ) STRICT, WITHOUT ROWID;
    """

  /// Where a repair puts what is damaged: a column may hold anything.
  static let quarantineTable = """
    CREATE TABLE quarantine (
      id INTEGER PRIMARY KEY,
      quarantined_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
      reason TEXT NOT NULL,
      sequence_id ANY,
      dataset_id ANY,
      dataset ANY,
      key ANY,
      split ANY,
      length ANY,
      class ANY,
      checksum ANY,
      seal ANY,
      source_id ANY,
      line ANY,
      weight ANY,
      "group" ANY,
      metadata ANY,
      statics ANY,
      input ANY,
      target ANY,
      validity ANY,
      observed ANY,
      numbers ANY,
      cells_observed ANY,
      codes ANY,
      times ANY,
      labels ANY
    ) STRICT;
    """

  static let runTables = """
    CREATE TABLE run (
      id INTEGER PRIMARY KEY,
      dataset_id INTEGER REFERENCES dataset ON DELETE SET NULL,
      dataset TEXT NOT NULL,
      created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
      command TEXT NOT NULL,
      configuration TEXT NOT NULL CHECK (json_valid(configuration)),
      fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 16),
      seconds REAL NOT NULL DEFAULT 0 CHECK (seconds >= 0),
      status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'interrupted', 'failed'))
    ) STRICT;
    CREATE INDEX run_dataset ON run (dataset_id);

    CREATE TABLE run_epoch (
      run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
      epoch INTEGER NOT NULL CHECK (epoch >= 1),
      metrics TEXT NOT NULL CHECK (json_valid(metrics)),
      PRIMARY KEY (run_id, epoch)
    ) STRICT, WITHOUT ROWID;
    """
}
