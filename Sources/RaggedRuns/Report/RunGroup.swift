import Foundation
import RaggedCore
import RaggedStore

/// The runs of one cross-validation or one search: those whose files have one name with a number behind it.
struct RunGroup {
  enum Kind: Equatable {
    /// A model for each fold.
    case folds(Folds)
    /// A model for each combination of settings.
    case trials
  }

  /// A run and its number among them, from 1.
  struct Member {
    var number: Int
    var run: RunFigures
  }

  /// What the files are called, relative to the store's folder where they are in it.
  let name: String
  let kind: Kind
  /// By their numbers, of each the latest run: one that went on is a run anew.
  let members: [Member]

  /// - Parameters:
  ///   - name: what the files are called: `runs/a` for `runs/a.fold1.best.ragged`, or `a` where no other is called so.
  ///   - store: remembers the runs.
  /// - Throws: `StoreError` for a name that no folds and no trials have, and for one that those of several folders have.
  init(_ name: String, in store: SequenceStore) throws {
    let found = try store.runs().map(RunFigures.init).compactMap { run in RunGroup.place(of: run).map { (run, $0) } }
    let exact = found.filter { $0.1.name.isExactly(name) }
    let named = exact.isEmpty ? found.filter { URL(filePath: $0.1.name).lastPathComponent.isExactly(name) } : exact
    guard let last = named.last else {
      let names = found.map(\.1.name).exactNames.sorted().map(\.text)
      throw StoreError(
        .unknownName,
        "\(store.path) has no folds and no search whose files are called \"\(name)\": it has "
          + (names.isEmpty ? "none at all" : names.quotedList))
    }
    let others = named.map(\.1.name).exactNames
    guard others.count == 1 else {
      throw StoreError(
        .unknownName,
        "the files of \(others.count) are called \"\(name)\", expected one of \(others.sorted().map(\.text).quotedList)"
      )
    }
    let (latest, place) = last
    self.name = place.name
    // What an earlier command of the same name left behind is none of them.
    let same = named.filter { run, other in
      guard other.isFold == place.isFold, run.record.dataset.isExactly(latest.record.dataset) else { return false }
      return place.isFold
        ? run.configuration?.fold?.folds == latest.configuration?.fold?.folds
        : RunGroup.words(run.record.command) == RunGroup.words(latest.record.command)
    }
    kind = latest.configuration?.fold.flatMap { place.isFold ? .folds($0.folds) : nil } ?? .trials
    members = Dictionary(same.map { ($0.1.number, $0.0) }, uniquingKeysWith: { $1 })
      .map { Member(number: $0.key, run: $0.value) }.sorted { $0.number < $1.number }
  }

  private struct Place {
    var name: String
    var number: Int
    var isFold: Bool
  }

  /// Where a run belongs by the name of its files; nil for a run that stands alone.
  private static func place(of run: RunFigures) -> Place? {
    guard let path = run.checkpoints?.best, let match = CheckpointFiles.name(of: path).firstMatch(of: pattern),
      let number = Int(match.3)
    else { return nil }
    let isFold = match.2 == "fold"
    // A name may look like a fold's and be none.
    guard isFold == (run.configuration?.fold != nil) else { return nil }
    return Place(name: String(match.1), number: number, isFold: isFold)
  }

  nonisolated(unsafe) private static let pattern = /^(.+)\.(fold|trial)([0-9]+)$/

  /// A command without what says only how it goes on.
  private static func words(_ command: String) -> [Substring] {
    command.split(separator: " ").filter { !["--resume", "--force"].contains($0) }
  }
}
