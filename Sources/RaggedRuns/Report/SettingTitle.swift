import Foundation

/// The name of a setting in words, which is known by its path in a kept configuration: `policy.batchSize` is the batch size.
enum SettingTitle {
  private static let known = [
    "fingerprint": "data", "normalizes": "normalize", "policy.grouping": "batching", "policy.seed": "seed of the order",
    "optimizer.learningRate.constant": "learning rate", "fold.folds.count": "folds",
    "fold.folds.seed": "seed of the folds", "fold.folds.stratified": "stratified", "fold.number": "fold",
  ]
  /// What holds settings without saying more of them.
  private static let holders: Set<Substring> = ["policy", "optimizer", "rule", "columns", "choice"]

  static func text(_ path: String) -> String {
    if let text = known[path] { return text }
    let parts = path.split(separator: ".")
    let names = parts.dropLast().filter { !holders.contains($0) } + parts.suffix(1)
    return names.map(words).joined(separator: ": ")
  }

  /// `batchSize`: batch size.
  private static func words(_ name: Substring) -> String {
    name.reduce(into: "") { text, letter in
      text += letter.isUppercase ? (text.isEmpty ? "" : " ") + letter.lowercased() : String(letter)
    }
  }
}
