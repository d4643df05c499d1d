import RaggedCore
import RaggedFormats
import RaggedStore
import RaggedTraining

/// What becomes of sequences whose labels do not fit into their timesteps, which a model cannot learn from: see `CTC`.
public enum InfeasibleLabels: String, Sendable, Codable, CaseIterable {
  /// They are left out, and named.
  case drop
  /// A run does not begin with them.
  case refuse
}

/// Sequences whose labels do not fit into their timesteps.
struct InfeasibleSequences {
  /// Rising.
  let positions: [Int]
  private let examples: [String]
  private let total: Int

  /// How many keys are named.
  private static let exampleCount = 5

  /// Looks at every sequence of a source, which has lists of labels as its target.
  init(_ source: StoreSource, monitor: ProgressMonitor) throws {
    positions = try CTC.infeasible(in: source, monitor: monitor)
    total = source.count
    let some = Array(positions.prefix(Self.exampleCount))
    let (keys, batch) = (try source.keys(some), try source.gather(some))
    let lists = batch.targets.labelLists ?? LabelLists()
    examples = keys.indices.map { b in
      let steps = batch.validity.map { validity in batch.range(b).count { validity[$0] } } ?? batch.length(b)
      return "\(keys[b].quotedForMessage) (\(steps) for \(lists[b].count.counted("label")), needs "
        + "\(CTC.leastTimesteps(for: lists[b])))"
    }
  }

  /// How many there are, and the first.
  private var words: String {
    "\(positions.count.grouped) of \(total.counted("sequence"))"
  }

  private var list: String {
    examples.joined(separator: ", ") + (positions.count > examples.count ? ", …" : "")
  }

  /// - Parameter purpose: what the sequences are for: ` to train on`.
  func note(_ purpose: String) -> String {
    "\(words)\(purpose) \(positions.count == 1 ? "has" : "have") too few timesteps for \(positions.count == 1 ? "its" : "their") "
      + "labels and \(positions.count == 1 ? "is" : "are") left out (--infeasible refuse ends there): \(list)"
  }

  func refusal(_ purpose: String) -> TrainingError {
    TrainingError(
      .dataMismatch,
      "\(words)\(purpose) \(positions.count == 1 ? "has" : "have") too few timesteps for "
        + "\(positions.count == 1 ? "its" : "their") labels: \(list)")
  }
}

extension TrainingConfiguration {
  /// The sequences of a source that a model can learn from; where the target is a list of labels, those whose labels fit
  /// into their timesteps.
  /// - Parameter purpose: what the sequences are for: ` to train on`.
  /// - Returns: the sequences, and what is to be said of those that are left out.
  /// - Throws: `TrainingError` where they are refused, and for what cuts sequences whose labels belong to the whole.
  func alignable(_ source: StoreSource, _ purpose: String) throws -> (source: StoreSource, note: String?) {
    guard source.signature.target.isLabels, loss ?? .ctc == .ctc else { return (source, nil) }
    func refuse(_ what: String) -> TrainingError {
      TrainingError(.invalidModel, "\(what): the labels of a sequence are aligned with all of its timesteps")
    }
    if windowing != nil { throw refuse("windows cut sequences") }
    if truncation != nil { throw refuse("truncated back-propagation takes sequences in pieces") }
    let found = try InfeasibleSequences(source, monitor: .none)
    guard !found.positions.isEmpty else { return (source, nil) }
    if infeasible == .refuse { throw found.refusal(purpose) }
    let left = Set(found.positions)
    return (try source.part((0..<source.count).filter { !left.contains($0) }), found.note(purpose))
  }
}

extension TrainingConfiguration {
  /// What is said of a target that is a list of labels; nil for other targets.
  func labelsNote(_ target: TargetSignature) -> String? {
    guard target.isLabels else { return nil }
    let names = "target \((columns?.target ?? []).quotedList) is a list of labels per sequence"
    let count = target.names.count.counted("label")
    switch loss ?? .ctc {
    case .ctc: return "\(names): trained with \(Loss.ctc.rawValue), \(count) and a blank, which is output 0"
    case .binaryCrossentropy:
      return "\(names): each of \(count) is a yes or no of its own, whatever its place in the list"
    default: return nil
    }
  }
}
