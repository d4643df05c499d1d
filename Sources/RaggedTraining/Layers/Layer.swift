/// A layer of a ``Sequential`` model, named and behaving as in Keras.
public protocol Layer: Sendable {
  /// The layer as a value that can be stored.
  var spec: LayerSpec { get }
}

/// Any of the layers, as a value.
public enum LayerSpec: Sendable, Equatable, Codable {
  /// See ``LSTM``.
  case lstm(LSTM)
  /// See ``Bidirectional``.
  case bidirectional(Bidirectional)
  /// See ``Dense``.
  case dense(Dense)
  /// See ``TimeDistributed``.
  case timeDistributed(TimeDistributed)
  /// See ``Embedding``.
  case embedding(Embedding)
  /// See ``Masking``.
  case masking(Masking)
  /// See ``Dropout``.
  case dropout(Dropout)
}

/// The function at the end of a ``Dense`` layer.
public enum Activation: String, Sendable, Equatable, Codable, CaseIterable {
  /// The identity.
  case linear
  /// max(x, 0).
  case relu
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
  /// e^x over the sum of e^x over the units.
  case softmax
}

/// A long short-term memory (Hochreiter and Schmidhuber 1997), with Keras' defaults: tanh, sigmoid gates, a bias that
/// starts at 1 for the forget gate.
///
/// Input `[T, F]`, output `[T, units]` or `[units]`. A timestep that is masked leaves h and c as they were.
public struct LSTM: Layer, Equatable, Codable {
  /// Hidden size `H`.
  public var units: Int
  /// Whether every timestep's h is the output, or the last valid one alone.
  public var returnSequences: Bool
  /// Whether the sequence is read from its end; the output comes in the order of reading, as in Keras.
  public var goBackwards: Bool
  /// Share of the inputs dropped in training, the same ones at every timestep of a sequence.
  public var dropout: Float

  /// An LSTM of so many units.
  public init(_ units: Int, returnSequences: Bool = false, goBackwards: Bool = false, dropout: Float = 0) {
    self.units = units
    self.returnSequences = returnSequences
    self.goBackwards = goBackwards
    self.dropout = dropout
  }

  /// The layer as a value.
  public var spec: LayerSpec { .lstm(self) }
}

/// An ``LSTM`` and a second one with weights of its own that reads from the end.
public struct Bidirectional: Layer, Equatable, Codable {
  /// How the two outputs become one.
  public enum Merge: String, Sendable, Equatable, Codable, CaseIterable {
    /// Side by side: `2 · units`.
    case concat
    /// Added.
    case sum
    /// Multiplied.
    case mul
    /// Averaged.
    case ave
  }

  /// The layer that reads forwards.
  public var layer: LSTM
  /// How the outputs are merged.
  public var merge: Merge

  /// Both directions of a layer.
  public init(_ layer: LSTM, merge: Merge = .concat) {
    self.layer = layer
    self.merge = merge
  }

  /// The layer as a value.
  public var spec: LayerSpec { .bidirectional(self) }
}

/// activation(x · kernel + bias), at every timestep where its input has timesteps.
public struct Dense: Layer, Equatable, Codable {
  /// Outputs.
  public var units: Int
  /// The function at the end.
  public var activation: Activation

  /// A dense layer of so many units.
  public init(_ units: Int, activation: Activation = .linear) {
    self.units = units
    self.activation = activation
  }

  /// The layer as a value.
  public var spec: LayerSpec { .dense(self) }
}

/// A ``Dense`` layer at every timestep, and only where there are timesteps.
public struct TimeDistributed: Layer, Equatable, Codable {
  /// The layer that every timestep goes through.
  public var layer: Dense

  /// A layer at every timestep.
  public init(_ layer: Dense) { self.layer = layer }

  /// The layer as a value.
  public var spec: LayerSpec { .timeDistributed(self) }
}

/// A vector for each token. The first layer of a model on tokens.
public struct Embedding: Layer, Equatable, Codable {
  /// Tokens: indices below this.
  public var inputCount: Int
  /// Length of a vector.
  public var units: Int

  /// A vector of `units` numbers for each of `inputCount` tokens.
  public init(_ inputCount: Int, _ units: Int) {
    self.inputCount = inputCount
    self.units = units
  }

  /// The layer as a value.
  public var spec: LayerSpec { .embedding(self) }
}

/// Masks every timestep whose features all equal one value. The first layer of a model, where it is used at all:
/// masks come with batches, and no value means "missing" unless this layer says so.
public struct Masking: Layer, Equatable, Codable {
  /// The value that marks a timestep as missing.
  public var maskValue: Float

  /// A mask from this value.
  public init(maskValue: Float = 0) { self.maskValue = maskValue }

  /// The layer as a value.
  public var spec: LayerSpec { .masking(self) }
}

/// In training, sets a share of its inputs to zero and scales the rest up; elsewhere the identity.
public struct Dropout: Layer, Equatable, Codable {
  /// The share that is dropped.
  public var rate: Float

  /// A dropout of this rate.
  public init(_ rate: Float) { self.rate = rate }

  /// The layer as a value.
  public var spec: LayerSpec { .dropout(self) }
}
