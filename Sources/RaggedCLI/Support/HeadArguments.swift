public import ArgumentParser
public import Ragged

/// What `--loss` says: one loss for every target, or some by the targets' names.
struct LossArgument: ExpressibleByArgument, CustomStringConvertible {
  /// The loss of every target that is not named.
  private(set) var all: Loss?
  /// By target.
  private(set) var byTarget: [String: Loss] = [:]
  /// As it was written.
  let description: String

  static let allValueStrings = Loss.allCases.map(\.rawValue)

  init?(argument: String) {
    description = argument
    for part in argument.split(separator: ",").map({ $0.trimming(while: \.isWhitespace) }) {
      let sign = part.lastIndex(of: "=")
      let word = sign.map { String(part[part.index(after: $0)...]) } ?? String(part)
      guard let loss = Loss(rawValue: word) else { return nil }
      if let sign { byTarget[String(part[..<sign])] = loss } else { all = loss }
    }
    if all == nil, byTarget.isEmpty { return nil }
  }
}

/// What `--target-weight` says.
enum TargetWeights {
  /// By target.
  /// - Throws: `ValidationError` for what is no weight of a target.
  static func read(_ items: [String]) throws -> [String: Double] {
    var weights: [String: Double] = [:]
    for item in items {
      guard let sign = item.lastIndex(of: "="), sign > item.startIndex,
        let weight = Double(item[item.index(after: sign)...]), weight >= 0, weight <= 1e30
      else {
        throw ValidationError(
          "--target-weight \(item): expected the name of a target and a number of 0 or more, such as activity@1=0.5")
      }
      guard weights.updateValue(weight, forKey: String(item[..<sign])) == nil else {
        throw ValidationError("--target-weight names \"\(item[..<sign])\" twice")
      }
    }
    return weights
  }
}

extension WatchedFigure: ExpressibleByArgument {
  /// The names of the figures of one target.
  public static var allValueStrings: [String] { EarlyStopping.Monitor.allCases.map(\.rawValue) }

  /// The figure of a name as people write it.
  public init?(argument: String) { self.init(named: argument) }
}

extension StringProtocol {
  fileprivate func trimming(while isLeftOut: (Character) -> Bool) -> SubSequence {
    guard let first = firstIndex(where: { !isLeftOut($0) }), let last = lastIndex(where: { !isLeftOut($0) }) else {
      return self[endIndex...]
    }
    return self[first...last]
  }
}
