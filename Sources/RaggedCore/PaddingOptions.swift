import Foundation

/// How sequences are padded to a common length.
///
/// The options are those of Keras' `pad_sequences`; the defaults differ: Keras pads and cuts at the front (`pre`), here
/// both happen at the end, where a growing sequence grows.
public struct PaddingOptions: Sendable, Equatable, Codable {
  /// An end of a sequence.
  public enum Side: String, Sendable, Codable, CaseIterable {
    /// Before the first timestep (Keras' `pre`).
    case pre
    /// After the last timestep (Keras' `post`).
    case post
  }

  /// Where padding goes. Default `post`.
  public var side: Side
  /// What padded timesteps hold. Default 0.
  public var value: Float
  /// Where timesteps are cut from a sequence that is too long. Default `post`.
  public var truncation: Side
  /// `T` of every batch, whatever its sequences' lengths; nil means the longest sequence of the batch. A multiple of
  /// ``multiple``, and no more than ``maximumLength``.
  public var fixedLength: Int?
  /// The most that `T` may be; longer sequences are cut. A multiple of ``multiple``, so that both hold.
  public var maximumLength: Int?
  /// `T` is rounded up to a multiple of this (after cutting). Default 1.
  public var multiple: Int

  /// Options as given; what is left out has its default.
  public init(
    side: Side = .post, value: Float = 0, truncation: Side = .post, fixedLength: Int? = nil,
    maximumLength: Int? = nil, multiple: Int = 1
  ) {
    self.side = side
    self.value = value
    self.truncation = truncation
    self.fixedLength = fixedLength
    self.maximumLength = maximumLength
    self.multiple = multiple
  }

  /// `T` for a batch whose longest sequence has this length: the cut applied, then rounded up. Of valid options.
  public func paddedLength(longest: Int) -> Int {
    let cut = fixedLength ?? min(longest, maximumLength ?? longest)
    return (cut + multiple - 1) / multiple * multiple
  }

  /// Timesteps of a sequence of this length that survive the cut.
  public func cutLength(of length: Int) -> Int { min(length, fixedLength ?? maximumLength ?? length) }

  /// Checks that every option has a meaning, and that all can hold at once.
  /// - Throws: ``RaggedCoreError``.
  public func validate() throws {
    func check(_ value: Int?, _ name: String, _ least: Int) throws {
      if let value, value < least || value > Int32.max {
        throw RaggedCoreError(.invalidOption, "\(name) is \(value), expected \(least) to \(Int32.max)")
      }
    }
    try check(fixedLength, "the fixed length", 0)
    try check(maximumLength, "the maximum length", 0)
    try check(multiple, "the length's multiple", 1)
    for (name, length) in [("fixed", fixedLength), ("maximum", maximumLength)] {
      guard let length, length % multiple != 0 else { continue }
      let below = length / multiple * multiple
      let above = below + multiple
      throw RaggedCoreError(
        .invalidOption,
        "the \(name) length is \(length), expected a multiple of \(multiple), as the length's multiple asks for: "
          + "\(below == 0 ? "" : "\(below) or ")\(above)")
    }
    if let fixedLength, let maximumLength, fixedLength > maximumLength {
      throw RaggedCoreError(
        .invalidOption, "the fixed length is \(fixedLength), expected at most the maximum length, \(maximumLength)")
    }
  }
}

extension PaddingOptions {
  /// Checks that a padded batch can be in memory at all, since padding makes as much as is asked for.
  /// - Throws: ``RaggedCoreError`` where it would take more than the machine's memory.
  package func checkRoom(_ count: Int, _ paddedLength: Int, bytesPerTimestep: Int) throws {
    let (cells, isTooMany) = count.multipliedReportingOverflow(by: paddedLength)
    let (bytes, isTooMuch) = cells.multipliedReportingOverflow(by: bytesPerTimestep)
    guard !isTooMany, !isTooMuch, UInt64(bytes) <= ProcessInfo.processInfo.physicalMemory else {
      throw RaggedCoreError(
        .outOfRange,
        "\(count.counted("sequence")) padded to \(paddedLength.counted("timestep")) take more than the memory of this "
          + "machine")
    }
  }
}
