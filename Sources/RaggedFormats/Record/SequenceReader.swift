public import RaggedCore

/// A file format: yields one sequence after the other, in memory that does not grow with the file.
public protocol SequenceReader {
  /// What the file says of its sequences before the first of them. Reads the header if need be.
  /// - Throws: ``InputError``, always fatal.
  mutating func description() throws -> InputDescription
  /// The next sequence, nil after the last.
  ///
  /// After an ``InputError`` that is not fatal the next call goes on with the following sequence: a bad sequence is
  /// left out as a whole.
  /// - Throws: ``InputError``.
  mutating func next() throws -> SequenceRecord?
  /// Bytes of the file read so far (before decompression), for progress.
  var bytesRead: Int { get }
}

/// What a file says of its sequences.
public struct InputDescription: Sendable, Equatable {
  /// What a timestep holds.
  public enum Input: Sendable, Equatable {
    /// Real features with these names.
    case features([String])
    /// Token indices.
    case tokens
    /// Tokens as text, cut in this way.
    case text(Vocabulary.Unit)
  }

  /// What the target is.
  public enum Target: Sendable, Equatable {
    /// None.
    case none
    /// A class a sequence; the declared set, or nil where classes are taken as they come.
    case classPerSequence(declared: [String]?)
    /// A class a timestep.
    case classPerTimestep(declared: [String]?)
    /// Real values a sequence, with these names.
    case valuesPerSequence([String])
    /// Real values a timestep, with these names.
    case valuesPerTimestep([String])
  }

  /// What a timestep holds.
  public var input: Input
  /// What is to be predicted.
  public var target: Target

  /// A description from its halves.
  public init(input: Input, target: Target) {
    self.input = input
    self.target = target
  }
}
