import Ragged

/// Takes bytes as the condition that someone typed behind `--where`.
enum FuzzedCondition {
  private static let timeLimit = 0.5
  /// Between two looks at the clock SQLite may be busy with one function.
  private static let grace = 10.0

  private static let sequences = #"""
    {"id": "a", "features": [1, 2], "target": "u", "weight": 0.5, "group": "g", "metadata": {"n": 1, "l": [1, 2]}, "p": ["x", "y", "x"]}
    {"id": "b", "features": [3], "target": "v", "split": "test"}
    {"id": "c", "features": [], "target": "u"}
    """#
  // Made once and then only read.
  private static let sample = Result {
    try SampleStore(datasets: ["d": sequences, "other": sequences])
  }

  static func run(_ bytes: [UInt8]) throws {
    let store = try sample.get().store
    let condition = String(decoding: bytes, as: UTF8.self)
    let selection = SequenceSelection(dataset: "d", condition: condition, conditionTimeLimit: timeLimit)
    let clock = ContinuousClock.now
    if let source = try tolerating({ try store.source(selection) }) {
      let keys = try source.keys(Array(0..<source.count))
      try law(Set(keys).isSubset(of: ["a", "b", "c"]) && Set(keys).count == keys.count, "keys \(keys)")
      try law(source.count <= 3, "\(source.count) of 3 sequences")
    }
    try tolerating { _ = try store.statistics(selection, by: .class) }
    let seconds = (ContinuousClock.now - clock) / .seconds(1)
    try law(seconds < 2 * (timeLimit + grace), "a condition took \(seconds) s: \(condition)")
  }
}
