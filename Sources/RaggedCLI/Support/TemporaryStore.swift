import Ragged

/// A store that is thrown away when the work on it ends, also where the process ends before it.
enum TemporaryStore {
  /// Runs `body` with the path of a store that is not there yet.
  static func using<Result>(_ body: (_ path: String) throws -> Result) rethrows -> Result {
    let place = TemporaryPlace()
    return try withExtendedLifetime(place) { try body(place.path) }
  }

  /// Imports files into such a store, for what only a store can do, as dataset `data`.
  static func using(
    importing readers: [FileReader], _ line: ImportLine,
    _ body: (_ store: SequenceStore, _ dataset: String) throws -> Void
  ) throws {
    var readers = readers
    try using { path in
      let (store, dataset) = (try SequenceStore(path: path, mode: .create), "data")
      _ = try store.importing(into: dataset, monitor: line.monitor) { session in
        for index in readers.indices {
          readers[index].endWaits(for: Interruption.monitor)
          try readers[index].showNotes()
          try session.add(
            &readers[index], named: readers[index].source.name, rowPerTimestep: readers[index].hasRowPerTimestep)
          try readers[index].showNotes()
        }
      }
      line.clear()
      try body(store, dataset)
    }
  }
}

extension SequenceStore {
  /// Removes a store's file and what SQLite keeps beside it.
  static func remove(at path: String) { TemporaryPlace.remove(path) }

  /// Whether a file begins as every SQLite file does.
  static func isDatabase(at path: String) -> Bool {
    if case .store = try? FileKind(of: path) { true } else { false }
  }
}
