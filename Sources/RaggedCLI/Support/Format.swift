import Foundation

/// Numbers for people.
enum Format {
  /// A number with so many places.
  static func fixed(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

  /// Four significant digits, for figures of any size.
  static func figure(_ value: Double) -> String { String(format: "%.4g", value) }

  /// A share as a percentage with one place.
  static func percent(_ share: Double) -> String { fixed(share * 100, 1) + " %" }

  /// A duration: `13 ms`, `0.4 s`, `2 min 5 s`, `3 h 20 min`.
  static func duration(_ seconds: Double) -> String { seconds.asDuration ?? "a long time" }

  /// A number of bytes: `6.2 kB`, `4.4 MB`.
  static func bytes(_ count: Int) -> String {
    switch count {
    case ..<1_000_000: fixed(Double(count) / 1e3, 1) + " kB"
    case ..<1_000_000_000: fixed(Double(count) / 1e6, 1) + " MB"
    default: fixed(Double(count) / 1e9, 1) + " GB"
    }
  }
}
