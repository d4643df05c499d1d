extension StoreSchema {
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
      imported_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
    ) STRICT;
    CREATE INDEX source_dataset ON source (dataset_id);
    """

  /// Files of which a resumable import has stored a part.
  static let unfinishedTable = """
    CREATE TABLE unfinished_import (
      source_id INTEGER PRIMARY KEY REFERENCES source ON DELETE CASCADE,
      fingerprint TEXT NOT NULL
    ) STRICT;
    """
}
