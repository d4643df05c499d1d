import RaggedCore
import RaggedTraining

/// A module of PyTorch that has weights: what it is, and where its tensors are.
struct TorchModule: Equatable {
  /// What it is; equal ones can take each other's weights.
  enum Kind: Hashable {
    case recurrent(RecurrentCell, inputs: Int, units: Int, directions: Int)
    case linear(inputs: Int, units: Int)
    case embedding(count: Int, units: Int)
    /// Under the names of the package pytorch-crf, whose transitions go from the row to the column as here.
    case crf(tags: Int)
  }

  var kind: Kind
  /// What its tensors' names begin with: `layers.0.`.
  var prefix: String
  /// The layer of a recurrent module of several: the number in `weight_ih_l0`.
  var level = 0

  /// The modules of a model under the names that it is written with, and the places of each one's weights among the model's.
  ///
  /// A layer has a module, one of the second head under `heads.1.0.`; the embedding of several columns one for each, `layers.0.1.`, and what makes a first state of the
  /// columns per sequence one for each direction, `states.0.`.
  static func expected(by model: Sequential) -> [(module: TorchModule, places: [Int])] {
    model.prefixedLayers.flatMap { prefix, layer, tensors -> [(module: TorchModule, places: [Int])] in
      let (places, shapes) = (Array(tensors), model.parameterInfo[tensors].map(\.shape))
      if let recurrent = layer.recurrent {
        let kind = Kind.recurrent(
          recurrent.cell, inputs: shapes[0][0], units: recurrent.layer.units, directions: recurrent.count)
        // A direction has kernel, recurrent kernel and bias, and behind them a state's kernel and bias where it has one.
        let count = places.count / recurrent.count
        let (own, others) = (
          places.filter { ($0 - places[0]) % count < 3 }, places.filter { ($0 - places[0]) % count >= 3 }
        )
        let states = stride(from: 0, to: others.count, by: 2).map { place in
          let shape = shapes[others[place] - places[0]]
          return (
            TorchModule(kind: .linear(inputs: shape[0], units: shape[1]), prefix: "states.\(place / 2)."),
            Array(others[place..<place + 2])
          )
        }
        return [(TorchModule(kind: kind, prefix: prefix), own)] + states
      }
      if let dense = layer.dense {
        return [(TorchModule(kind: .linear(inputs: shapes[0][0], units: dense.units), prefix: prefix), places)]
      }
      if let crf = layer.layer as? CRF { return [(TorchModule(kind: .crf(tags: crf.units), prefix: prefix), places)] }
      guard let embedding = layer.layer as? Embedding else { return [] }
      return zip(embedding.tables, places).enumerated().map { number, table in
        let own = model.input.tokens == nil ? "\(prefix)\(number)." : prefix
        return (
          TorchModule(kind: .embedding(count: table.0.inputCount, units: table.0.units), prefix: own), [table.1]
        )
      }
    }
  }

  /// Its tensors' names and shapes: for each direction of a cell both matrices, then both biases; or weight and bias.
  var tensors: [(name: String, shape: [Int])] {
    switch kind {
    case .recurrent(let cell, let inputs, let units, let directions):
      ["", "_reverse"].prefix(directions).flatMap { suffix in
        let rows = cell.gateCount * units
        return [
          ("weight_ih", [rows, inputs]), ("weight_hh", [rows, units]), ("bias_ih", [rows]), ("bias_hh", [rows]),
        ]
        .map { (name: "\(prefix)\($0.0)_l\(level)\(suffix)", shape: $0.1) }
      }
    case .linear(let inputs, let units): [(prefix + "weight", [units, inputs]), (prefix + "bias", [units])]
    case .embedding(let count, let units): [(prefix + "weight", [count, units])]
    case .crf(let tags):
      [
        (prefix + "transitions", [tags, tags]), (prefix + "start_transitions", [tags]),
        (prefix + "end_transitions", [tags]),
      ]
    }
  }

  /// For messages: `an LSTM 12 → 64 in lstm`.
  var sentence: String {
    let place = prefix.isEmpty ? "" : " in \(prefix.dropLast())"
    return switch kind {
    case .recurrent(let cell, let inputs, let units, let directions):
      "\(directions == 2 ? "a bidirectional" : cell.article) \(cell.title) \(inputs) → \(units)\(place)\(level > 0 ? ", layer \(level)" : "")"
    case .linear(let inputs, let units): "a Linear \(inputs) → \(units)\(place)"
    case .embedding(let count, let units): "an Embedding of \(count) × \(units)\(place)"
    case .crf(let tags): "a CRF of \(tags.counted("tag"))\(place)"
    }
  }

  /// The modules that a file's tensors make up, and the tensors that make up none.
  static func found(in tensors: [String: SafetensorsFile.Tensor]) -> (modules: [TorchModule], others: [String]) {
    var leaves: [String: Set<String>] = [:]
    for name in tensors.keys {
      let leaf = name.split(separator: ".", omittingEmptySubsequences: false).last.map(String.init) ?? name
      leaves[String(name.dropLast(leaf.count)), default: []].insert(leaf)
    }
    var modules: [TorchModule] = []
    var claimed: Set<String> = []
    for (prefix, names) in leaves {
      for module in candidates(prefix, names, tensors)
      where module.tensors.allSatisfy({ tensors[$0.name]?.shape == $0.shape }) {
        modules.append(module)
        claimed.formUnion(module.tensors.map(\.name))
      }
    }
    return (modules.sorted(), tensors.keys.filter { !claimed.contains($0) }.sorted())
  }

  /// What the tensors of one prefix may be, by the first of their shapes.
  private static func candidates(
    _ prefix: String, _ names: Set<String>, _ tensors: [String: SafetensorsFile.Tensor]
  ) -> [TorchModule] {
    func matrix(_ leaf: String) -> (Int, Int)? {
      guard let shape = tensors[prefix + leaf]?.shape, shape.count == 2 else { return nil }
      return (shape[0], shape[1])
    }
    if let (rows, columns) = matrix("weight") {
      return names.contains("bias")
        ? [TorchModule(kind: .linear(inputs: columns, units: rows), prefix: prefix)]
        : [TorchModule(kind: .embedding(count: rows, units: columns), prefix: prefix)]
    }
    if let (tags, columns) = matrix("transitions"), tags == columns {
      return [TorchModule(kind: .crf(tags: tags), prefix: prefix)]
    }
    var modules: [TorchModule] = []
    for level in 0... {
      guard let (rows, inputs) = matrix("weight_ih_l\(level)") else { break }
      let directions = names.contains("weight_ih_l\(level)_reverse") ? 2 : 1
      for cell in RecurrentCell.all {
        modules.append(
          TorchModule(
            kind: .recurrent(cell, inputs: inputs, units: rows / cell.gateCount, directions: directions),
            prefix: prefix, level: level))
      }
    }
    return modules
  }
}

extension TorchModule: Comparable {
  /// The runs of digits in its name, and its name without them.
  var numbered: (template: String, numbers: [Int]) {
    var (template, numbers, digits) = ("", [Int](), "")
    for character in prefix + " " {
      if character.isASCII, character.isNumber {
        digits.append(character)
        continue
      }
      if !digits.isEmpty {
        numbers.append(Int(digits) ?? .max)
        template.append("#")
        digits = ""
      }
      template.append(character)
    }
    return (template, numbers + [level])
  }

  /// By name, numbers in names by their value.
  static func < (left: TorchModule, right: TorchModule) -> Bool {
    let (a, b) = (left.numbered, right.numbered)
    return a.template == b.template ? a.numbers.lexicographicallyPrecedes(b.numbers) : a.template < b.template
  }
}
