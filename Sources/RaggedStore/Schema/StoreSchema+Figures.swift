extension StoreSchema {
  /// Figures that imports keep up to date. Version 1 has these.
  static let figureTables = """
    CREATE TABLE feature_statistics (
      dataset_id INTEGER NOT NULL,
      split TEXT NOT NULL,
      class INTEGER NOT NULL CHECK (class >= -1),
      position INTEGER NOT NULL,
      count INTEGER NOT NULL CHECK (count >= 0),
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
      input ANY,
      target ANY,
      validity ANY
    ) STRICT;
    """

  /// Training runs.
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
