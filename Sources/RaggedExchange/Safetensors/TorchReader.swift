import Foundation
import RaggedCore
import RaggedTraining

/// Finds a model's weights among the tensors of a file, and brings them to the model's layout.
enum TorchReader {
  /// - Throws: ``ExchangeError``.
  static func read(_ path: String, for model: Sequential) throws -> ImportedWeights {
    let bytes: Data
    do {
      bytes = try WholeFile.bytes(URL(filePath: path))
    } catch {
      throw ExchangeError(
        error.failureClass == .noInput ? .missing : .unreadable, "\(path): cannot read: \(error.reason)")
    }
    return try read(SafetensorsFile(bytes), for: model)
  }

  package static func read(_ file: SafetensorsFile, for model: Sequential) throws -> ImportedWeights {
    var tensors = file.tensors
    var parts: [(name: String, values: [Float])?] = []
    for name in TorchLayout.normalization {
      parts.append(try tensors.removeValue(forKey: name).map { (name, try file.floats(of: $0)) })
    }
    // They follow from the normalisation.
    for name in TorchLayout.fillings { tensors.removeValue(forKey: name) }
    let normalization = try NormalizationArrays.normalization(parts, for: model)
    let expected = TorchModule.expected(by: model)
    let modules = try match(tensors, expected.map(\.module))
    var values: [[Float]] = Array(repeating: [], count: model.parameterInfo.count)
    for (module, places) in zip(modules, expected.map(\.places)) {
      let own = try module.tensors.map { try tensors[$0.name].map(file.floats) ?? [] }
      for (place, part) in zip(places, TorchLayout.keras(module.kind, own)) { values[place] = part }
    }
    let weights = zip(model.parameterInfo, values).map { WeightTensor(name: $0.name, shape: $0.shape, values: $1) }
    return ImportedWeights(weights: weights, normalization: normalization, notes: file.metadata)
  }

  /// The file's module for each of the model's.
  private static func match(
    _ tensors: [String: SafetensorsFile.Tensor], _ expected: [TorchModule]
  ) throws -> [TorchModule] {
    let names = expected.flatMap(\.tensors)
    if tensors.count == names.count, names.allSatisfy({ tensors[$0.name] != nil }) {
      for (name, shape) in names where tensors[name]?.shape != shape {
        throw ExchangeError(
          .mismatch, "tensor \"\(name)\" has shape \(tensors[name]?.shape ?? []), the model's has \(shape)")
      }
      return expected
    }
    let (found, others) = TorchModule.found(in: tensors)
    let available = Dictionary(grouping: found, by: \.kind)
    let wanted = Dictionary(grouping: expected, by: \.kind)
    guard others.isEmpty, available.mapValues(\.count) == wanted.mapValues(\.count) else {
      throw ExchangeError(.mismatch, difference(expected, found, others, tensors))
    }
    var free = available
    return try expected.map { module in
      let alike = available[module.kind] ?? []
      guard Set(alike.map(\.numbered.template)).count == 1, let first = free[module.kind]?.first else {
        throw ExchangeError(
          .mismatch,
          "the model has \(list(wanted[module.kind] ?? [])), and the file \(list(alike)): their shapes are the same and "
            + "their names do not say which comes first; rename them to what the model calls them")
      }
      free[module.kind]?.removeFirst()
      return first
    }
  }

  /// What the model needs and what the file has, and what may have been meant.
  private static func difference(
    _ expected: [TorchModule], _ found: [TorchModule], _ others: [String], _ tensors: [String: SafetensorsFile.Tensor]
  ) -> String {
    let odd = others.prefix(limit).map { "\"\($0)\" \(tensors[$0]?.shape ?? [])" }
    let names = expected.flatMap(\.tensors).map(\.name)
    let missing = names.filter { tensors[$0] == nil }
    var meant: [String] = []
    for name in others.prefix(limit) where meant.isEmpty && !names.contains(name) {
      if let near = missing.nearest(to: name) {
        meant.append("did you mean \"\(near)\" by \"\(name)\"?")
        continue
      }
      // The names that the model's tensors would have beside this one, and that are not there.
      let leaf = String(name.split(separator: ".").last ?? "")
      let prefix = name.dropLast(leaf.count)
      let leaves = names.map { String($0.split(separator: ".").last ?? "") }.filter { tensors[prefix + $0] == nil }
      if !names.contains(where: { $0.hasSuffix("." + leaf) }), let near = leaves.nearest(to: leaf) {
        meant.append("did you mean \"\(prefix)\(near)\" by \"\(name)\"?")
      }
    }
    if meant.isEmpty, !missing.isEmpty, missing.count < names.count {
      meant.append("it lacks " + joined(missing.prefix(limit).map { "\"\($0)\"" }, missing.count))
    }
    let contents = (found.isEmpty ? [] : [list(found)]) + (odd.isEmpty ? [] : ["tensors " + joined(odd, others.count)])
    return "the weights are those of another network: the model has \(list(expected)); the file has "
      + (contents.isEmpty ? "no tensors" : contents.joined(separator: ", and "))
      + (meant.first.map { "; " + $0 } ?? "")
  }

  private static let limit = 12

  private static func list(_ modules: [TorchModule]) -> String {
    joined(modules.prefix(limit).map(\.sentence), modules.count)
  }

  private static func joined(_ texts: [String], _ count: Int) -> String {
    texts.joined(separator: ", ") + (count > texts.count ? " and \(count - texts.count) more" : "")
  }
}
