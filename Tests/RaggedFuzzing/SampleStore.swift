import Foundation
import Ragged
import Synchronization

/// A store of small datasets, each given as JSON Lines, that is gone when the process is.
struct SampleStore: Sendable {
  let store: SequenceStore

  init(datasets: [String: String]) throws {
    let scratch = try Scratch()
    SampleStore.scratches.withLock { kept in
      // What a static value holds is never released.
      if kept.isEmpty { atexit { SampleStore.scratches.withLock { $0 = [] } } }
      kept.append(scratch)
    }
    store = try SequenceStore(path: scratch.path("store.ragged"), mode: .create)
    for (name, lines) in datasets.sorted(by: { $0.key < $1.key }) {
      var reader = try FileReader(scratch.file(name + ".jsonl", lines.utf8))
      _ = try store.importSequences(from: &reader, named: name + ".jsonl", into: name)
    }
  }

  private static let scratches = Mutex<[Scratch]>([])
}
