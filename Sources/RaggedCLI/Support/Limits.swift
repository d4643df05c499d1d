import ArgumentParser
import Ragged

/// The limits of options that are numbers, checked where they are parsed.
enum Limits {
  /// What is counted: sequences, timesteps, epochs, steps.
  static let count = 1...Int.largestCount
  /// The same where there may be none.
  static let countOrNone = 0...Int.largestCount

  /// - Throws: `ValidationError` with the option, its value and the limit that it is beyond.
  static func check<Number: Comparable>(_ option: String, _ value: Number?, _ limits: ClosedRange<Number>) throws {
    guard let value, !limits.contains(value) else { return }
    let expected =
      value > limits.upperBound ? "at most \(text(limits.upperBound))" : "at least \(text(limits.lowerBound))"
    throw ValidationError("\(option) is \(text(value)), expected \(expected)")
  }

  /// For a number that must be above a limit: a share or a factor.
  static func check<Number: BinaryFloatingPoint>(
    _ option: String, _ value: Number?, above least: Number, atMost most: Number
  ) throws {
    guard let value, !(value > least && value <= most) else { return }
    let expected = value > most ? "at most \(text(most))" : "more than \(text(least))"
    throw ValidationError("\(option) is \(text(value)), expected \(expected)")
  }

  /// Checks what a library checks, and says it as a fault of the command line, of an option where one is named.
  static func check(_ option: String? = nil, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as any RaggedError {
      throw ValidationError((option.map { $0 + ": " } ?? "") + error.message)
    }
  }

  /// Whole numbers without the point that Swift shows.
  private static func text(_ number: some Comparable) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
