import Foundation
import RaggedCore
import RaggedFormats
import RaggedTraining

/// The names of what is beside the weights in an `.npz` for Keras.
enum KerasLayout {
  static let mean = "normalization/mean"
  static let deviation = "normalization/deviation"
  static let staticMean = "static_normalization/mean"
  static let staticDeviation = "static_normalization/deviation"
  /// Means and deviations, in the order of ``NormalizationArrays``.
  static let normalization = [mean, deviation, staticMean, staticDeviation]
  /// The architecture, for `keras.models.model_from_json`.
  static let architecture = "model.json"
  /// What else is known of the model: ``ModelNotes``.
  static let notes = "notes.json"
}

/// Writes an `.npz` whose arrays are a model's weights as Keras' `get_weights()` gives them, in that order and under the
/// names that the model gives them, then the normalisation; with two members that are JSON. Of columns of several kinds the
/// names are those of ``KerasNames``.
enum KerasWriter {
  /// - Throws: ``ExchangeError`` for a normalisation that Keras cannot compute, `WriterError`.
  static func write(_ model: Sequential, _ normalization: Normalization?, _ notes: ModelNotes, to path: String) throws {
    let names = KerasNames(model, notes.input)
    let architecture = try KerasArchitecture(model, normalization, names)
    var texts = notes.texts
    if let inputs = architecture.inputNames { texts["inputs"] = try CompactJSON.text(inputs) }
    var writer = try NPZWriter(path: path)
    for (tensor, name) in zip(model.weights, names.weights) {
      try writer.add(name, NPYArray(shape: tensor.shape, .float32(tensor.values)))
    }
    for (name, values) in zip(KerasLayout.normalization, NormalizationArrays.values(of: normalization))
    where !values.isEmpty { try writer.add(name, NPYArray(shape: [values.count], .float32(values))) }
    try writer.add(file: KerasLayout.architecture, try CompactJSON.bytes(architecture))
    try writer.add(file: KerasLayout.notes, try CompactJSON.bytes(texts))
    try writer.finish()
  }
}

/// Finds a model's weights among the arrays of an `.npz`.
enum KerasReader {
  /// Arrays, and bytes of them, beyond what a model needs that are looked at.
  private static let countMargin = 64
  private static let sizeMargin = 1 << 26

  private typealias NamedArray = (name: String, shape: [Int], values: [Float])

  /// - Throws: ``ExchangeError``.
  static func read(_ path: String, for model: Sequential) throws -> ImportedWeights {
    do {
      return try read(try ArrayArchive(path: path), for: model)
    } catch let error as InputError {
      throw error.failureClass == .badData
        ? ExchangeError(.invalidFile, error.problem) : ExchangeError(.missing, error.message)
    }
  }

  private static func read(_ archive: ArrayArchive, for model: Sequential) throws -> ImportedWeights {
    let names = archive.names
    guard names.count <= model.parameterInfo.count + countMargin else {
      throw ExchangeError(
        .mismatch,
        "the weights are those of another network: the model has \(model.parameterInfo.count.counted("array")), the file "
          + "\(names.count)")
    }
    // What a model's weights may take in float64, and some more, so that those of another can be recognised.
    var budget = model.parameterCount * 8 + sizeMargin
    var arrays: [NamedArray] = []
    for (index, name) in names.enumerated() {
      let (shape, values) = try archive.floats(at: index, limit: budget)
      budget -= 4 * values.count
      arrays.append((name, shape, values))
    }
    let parts = KerasLayout.normalization.map { name in arrays.first { $0.name == name }.map { ($0.name, $0.values) } }
    arrays.removeAll { KerasLayout.normalization.contains($0.name) }
    let normalization = try NormalizationArrays.normalization(parts, for: model)
    let ordered = try order(arrays, for: model)
    let weights = zip(model.parameterInfo, ordered).map {
      WeightTensor(name: $0.name, shape: $0.shape, values: $1.values)
    }
    return ImportedWeights(weights: weights, normalization: normalization, notes: try notes(archive))
  }

  /// The texts that stand beside the arrays, where there are any.
  private static func notes(_ archive: ArrayArchive) throws -> [String: String] {
    let bytes = try archive.bytes(of: KerasLayout.notes, limit: 1 << 26)
    return bytes.flatMap { try? JSONDecoder().decode([String: String].self, from: Data($0)) } ?? [:]
  }

  /// The arrays in the model's order: by the names that a model or Keras' layers give them where they are all there, else as
  /// they come.
  private static func order(_ arrays: [NamedArray], for model: Sequential) throws -> [NamedArray] {
    let (expected, keras) = (model.parameterInfo, KerasNames(model, nil))
    let byName = Dictionary(arrays.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var ordered = arrays
    if arrays.count == expected.count,
      let names = [expected.map(\.name), keras.weights, keras.numbered].first(where: { names in
        names.allSatisfy { byName[$0] != nil }
      })
    {
      ordered = names.compactMap { byName[$0] }
    } else if arrays.allSatisfy({ number($0.name) != nil }) {
      ordered.sort { (number($0.name) ?? 0) < (number($1.name) ?? 0) }
    }
    guard ordered.count == expected.count, zip(ordered, expected).allSatisfy({ $0.shape == $1.shape }) else {
      throw ExchangeError(.mismatch, difference(ordered, expected))
    }
    return ordered
  }

  /// The number of an array that `numpy.savez` named itself: `arr_12`.
  private static func number(_ name: String) -> Int? { name.hasPrefix("arr_") ? Int(name.dropFirst(4)) : nil }

  private static func difference(_ arrays: [NamedArray], _ expected: [ParameterInfo]) -> String {
    let place = zip(arrays, expected).enumerated().first { $0.element.0.shape != $0.element.1.shape }?.offset
    let first = place ?? min(arrays.count, expected.count)
    let (own, other) = (
      expected.dropFirst(first).map { "\($0.name) \($0.shape)" },
      arrays.dropFirst(first).map { "\"\($0.name)\" \($0.shape)" }
    )
    let start = first == 0 ? "" : ", which agree in the first \(first)"
    var meant = ""
    if let name = arrays.dropFirst(first).first?.name, let near = expected.map(\.name).nearest(to: name), near != name {
      meant = "; did you mean \"\(near)\" by \"\(name)\"?"
    }
    return
      "the weights are those of another network: the model has \(expected.count.counted("array")), the file \(arrays.count)"
      + "\(start); there the model has \(list(own)), the file \(list(other))\(meant)"
  }

  private static func list(_ texts: [String]) -> String {
    guard !texts.isEmpty else { return "nothing more" }
    return texts.prefix(8).joined(separator: ", ") + (texts.count > 8 ? " and \(texts.count - 8) more" : "")
  }
}
