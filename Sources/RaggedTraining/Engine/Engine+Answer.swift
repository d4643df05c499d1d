import RaggedCore

/// What a pass of a batch through the model is asked for.
struct EngineRequest {
  /// What outputs are judged by, at each end of the program; empty for outputs alone, which need no targets.
  var losses: [HeadLoss] = []
  var reduction = Reduction.meanPerTimestep
  var dropoutSeed: UInt64?
  /// A state for each direction of each LSTM, in order; empty means zeros.
  var states: [RecurrentState] = []
  /// The timestep of its sequence with which every row begins.
  var firstStep = 0
  /// Whether the last output of a row without timesteps is that of the batch before, which its state holds.
  var goesOn = false
  /// Whether the loss of each timestep, or row, is wanted.
  var wantsLosses = false
  /// Whether the model's outputs are wanted.
  var wantsOutputs = false
  /// Which rank this is, where ranks divide the batch; nil for all of it.
  var part: RankPart?
}

/// What a pass gives, besides the gradients of the weights.
struct EngineAnswer {
  var sum = LossSum()
  /// Losses and outputs of each end.
  var ends: [EndAnswer] = []
  /// The states after each sequence; empty where none were given.
  var states: [RecurrentState] = []
  /// As the states of the request; empty where no gradients are wanted.
  var stateGradients: [RecurrentState] = []
  /// What is needed to make a whole of what ranks have, where the request was for a part: sums, states and gradients are those
  /// of no more until ``Engine/combine(_:gradients:over:wish:)``.
  var part: PartialAnswer?
  /// Those of the one end of an ordinary program.
  var losses: [Float] { ends.count == 1 ? ends[0].losses : [] }
  var outputs: [Float] { ends.count == 1 ? ends[0].outputs : [] }
}

/// What the sums of each end of a program are completed with.
struct EndTotals {
  /// See ``HeadLoss/weight``.
  var factors: [Double]
  /// What the sums are divided by.
  var weights: [Double]
  /// Whether the reduced loss is the sum itself.
  var isSum: Bool
}

/// What a pass gives at one end.
struct EndAnswer {
  /// The loss of each timestep `[N]`, or of each row `[B]` for one output per sequence and for lists of labels, without
  /// weights.
  var losses: [Float] = []
  /// `[N, K]`, or `[B, K]` for one output per sequence.
  var outputs: [Float] = []
}

extension Engine {
  /// Outputs of a compacted batch: `[N, K]`, or `[B, K]` for a model with one output per sequence. States that are given
  /// become those after each sequence. With a seed they are the outputs of a training step, dropout and all.
  func outputs(
    _ batch: SequenceBatch, parameters: [Float], states: inout [RecurrentState], dropoutSeed: UInt64? = nil,
    firstStep: Int = 0
  ) -> [Float] {
    let answer = answer(
      batch, parameters: parameters,
      EngineRequest(dropoutSeed: dropoutSeed, states: states, firstStep: firstStep, wantsOutputs: true))
    states = answer.states
    return answer.outputs
  }

  /// Loss and gradients of a compacted batch; `gradients` has the order of the parameters and is overwritten.
  func step(
    _ batch: SequenceBatch, parameters: [Float], gradients: inout [Float],
    inputGradient: UnsafeMutablePointer<Float>? = nil, weights: [LossWeights], _ request: EngineRequest
  ) -> EngineAnswer {
    gradients.withUnsafeMutableBufferPointer {
      answer(
        batch, parameters: parameters, gradients: $0.baseAddress, inputGradient: inputGradient, weights: weights,
        request)
    }
  }

  /// What each row's losses count, and what their sum is divided by, at each end.
  func weights(of batch: SequenceBatch, _ request: EngineRequest) -> [LossWeights] {
    program.ends.enumerated().map { place, end in
      let targets = batch.targets[head: place]
      if case .labels(let lists) = targets { return LossWeights(labels: lists, of: batch, outputs: end.width) }
      return LossWeights(
        batch, targets, reduction: request.reduction, isPerSequence: end.isPerSequence,
        masksValues: request.losses.indices.contains(place) && request.losses[place].loss.masksValues)
    }
  }

  /// Everything that is asked of a compacted batch, from one pass through the model.
  /// - Parameters:
  ///   - gradients: where those of the weights go, in the order of the parameters; nil where none are wanted.
  ///   - inputGradient: where that of the numbers as the first layer sees them goes, `[N, F]`; needs `gradients`.
  ///   - staticGradient: where that of the numbers per sequence goes, `[B, F]`, zeros so far; needs `gradients`.
  ///   - weights: those of the batch unless it is a part of a larger one.
  func answer(
    _ batch: SequenceBatch, parameters: [Float], gradients: UnsafeMutablePointer<Float>? = nil,
    inputGradient: UnsafeMutablePointer<Float>? = nil, staticGradient: UnsafeMutablePointer<Float>? = nil,
    weights: [LossWeights]? = nil, _ request: EngineRequest
  ) -> EngineAnswer {
    var answer = EngineAnswer()
    let ends = program.ends.enumerated().map { place, end in
      JudgedEnd(program, end, request.losses.isEmpty ? nil : request.losses[place])
    }
    let counts = ends.flatMap { judged in
      let items = judged.end.isPerSequence ? batch.count : batch.timesteps
      return [
        request.wantsOutputs ? items * judged.end.width : 0,
        request.wantsLosses ? judged.isPerList ? batch.count : items : 0,
      ]
    }
    let filled = Self.filling(counts) { buffers in
      answer = pass(
        batch, ends, parameters: parameters, gradients: gradients, inputGradient: inputGradient,
        staticGradient: staticGradient, buffers: buffers, weights: weights ?? self.weights(of: batch, request), request)
    }
    answer.ends = ends.indices.map { EndAnswer(losses: filled[2 * $0 + 1], outputs: filled[2 * $0]) }
    return answer
  }

  /// Arrays of these counts, every element of which `body` writes; it is given nil for an empty one.
  private static func filling(_ counts: [Int], _ body: ([UnsafeMutablePointer<Float>?]) -> Void) -> [[Float]] {
    var result: [[Float]] = []
    func next(_ buffers: [UnsafeMutablePointer<Float>?]) {
      guard buffers.count < counts.count else { return body(buffers) }
      let count = counts[buffers.count]
      result.append(
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
          next(buffers + [count > 0 ? buffer.baseAddress : nil])
          initialized = count
        })
    }
    next([])
    return result.reversed()
  }

  /// - Parameter buffers: of each end where its outputs go, and its losses; nil where they are not wanted.
  private func pass(
    _ batch: SequenceBatch, _ ends: [JudgedEnd], parameters: [Float], gradients: UnsafeMutablePointer<Float>?,
    inputGradient: UnsafeMutablePointer<Float>?, staticGradient: UnsafeMutablePointer<Float>?,
    buffers: [UnsafeMutablePointer<Float>?], weights: [LossWeights], _ request: EngineRequest
  ) -> EngineAnswer {
    let scales = zip(ends, weights).map { end, weights in
      request.reduction == .sum ? Float(end.factor) : weights.total == 0 ? 0 : Float(end.factor / weights.total)
    }
    let blocks = Block.cut(lengths: batch.lengths)
    var sums = [LossSum](repeating: LossSum(), count: ends.count * blocks.count)
    var result = EngineAnswer()
    let division = request.part.map { ShareDivision(blocks, divide(blocks), ranks: $0.worldSize) }
    let own = request.part.flatMap { part in division?.shares(of: part.rank) }
    // One end's row after the other's, each of B.
    let rowWeights = weights.flatMap(\.rows)
    let trunk = Array(program.operations[program.trunk])
    batch.withView { view, targets in
      var view = view
      view.scales = self.scales
      (view.inputGradient, view.staticGradient) = (inputGradient, staticGradient)
      view.firstStep = request.firstStep
      view.goesOn = request.goesOn
      let states = request.states.withViews(program.states, wantsGradients: gradients != nil) { stateViews in
        parameters.withUnsafeBufferPointer { parameters in
          rowWeights.withUnsafeBufferPointer { rowWeights in
            sums.withUnsafeMutableBufferPointer { sums in
              guard let parameters = parameters.baseAddress, let rowWeights = rowWeights.baseAddress else { return }
              run(blocks, parameters: parameters, gradients: gradients, shares: own) { pass in
                let context = context(
                  pass, batch: view, parameters: parameters, states: stateViews, dropoutSeed: request.dropoutSeed)
                let shared = forward(context, trunk)
                var gradient: Plane?
                for (place, end) in ends.enumerated() {
                  let y = forward(context, end.operations, from: shared)
                  let (outputs, losses) = (buffers[2 * place], buffers[2 * place + 1])
                  guard end.isJudged else {
                    if let outputs { scatter(context, y, to: outputs, end.end) }
                    continue
                  }
                  // A head of weight 0 leaves nothing behind, so that the others' gradients are those without it.
                  let dy =
                    gradients == nil || end.factor == 0 ? nil : pass.arena.plane(rows: y.rows, width: y.width)
                  sums[place * blocks.count + pass.index] = judge(
                    context, end, y, dy: dy, losses: losses, targets[place],
                    weights: rowWeights + place * batch.count, scale: scales[place])
                  if let outputs { write(context, end, y, to: outputs) }
                  guard let dy, let dx = backward(context, end.operations, dy) else { continue }
                  if let gradient { gradient.add(dx) } else { gradient = dx }
                }
                if let gradient { _ = backward(context, trunk, gradient) }
              }
            }
          }
        }
      }
      (result.states, result.stateGradients) = states
    }
    let totals = EndTotals(
      factors: ends.map(\.factor), weights: weights.map(\.total), isSum: request.reduction == .sum)
    if let division {
      result.part = PartialAnswer(division: division, sums: sums, totals: totals)
    } else {
      result.sum = whole(
        ends.indices.map { place in
          sums[place * blocks.count..<(place + 1) * blocks.count].reduce(into: LossSum()) { $0 += $1 }
        }, totals)
    }
    return result
  }

  /// The sums of a batch from those of each end's blocks.
  func whole(_ sums: [LossSum], _ totals: EndTotals) -> LossSum {
    let found = sums.indices.map { place in
      var sum = sums[place]
      (sum.weight, sum.isSum) = (totals.weights[place], totals.isSum)
      return sum
    }
    return program.heads.isEmpty
      ? found[0] : LossSum(zip(found, totals.factors).map { LossSum.Head(sum: $0, factor: $1) })
  }

  /// The loss of a block at one end, where `dy` is given the gradient of the outputs.
  private func judge(
    _ context: BlockContext, _ end: JudgedEnd, _ y: Plane, dy: Plane?, losses: UnsafeMutablePointer<Float>?,
    _ targets: TargetView, weights: UnsafePointer<Float>, scale: Float
  ) -> LossSum {
    if let whole = end.whole {
      return whole.judge(context, y, dy: dy, losses: losses, targets: targets, weights: weights, scale: scale)
    }
    let planes = TargetPlanes(
      context, targets: targets, weights: weights, isPerSequence: end.end.isPerSequence, masksValues: end.masksValues)
    let rows = losses == nil ? nil : context.arena.floats(y.rows)
    let sum = planes.judge(context, end.code, y, dy: dy, losses: rows, scale: scale)
    if let rows, let losses {
      scatter(context, Plane(base: rows, stride: 1, rows: y.rows, width: 1), to: losses, end.end)
    }
    return sum
  }

  /// The outputs of an end that was judged.
  private func write(_ context: BlockContext, _ end: JudgedEnd, _ y: Plane, to outputs: UnsafeMutablePointer<Float>) {
    if case .crf(let crf)? = end.whole {
      scatter(context, crf.forward(context, y), to: outputs, end.end)
    } else {
      // In place: the way back through a linear layer does not look at what came out of it.
      end.lastActivation?.activate(context, y)
      scatter(context, y, to: outputs, end.end)
    }
  }

  /// The output of each sequence that follows from a recurrent layer that shows zeros: what a masked step has before the
  /// first real one, `[B, K]`.
  func blankOutputs(_ batch: SequenceBatch, parameters: [Float]) -> [Float] {
    let width = program.outputWidth
    guard program.tailStart < program.operations.count, !program.isPerSequence else {
      return Array(repeating: 0, count: batch.count * width)
    }
    // A timestep each, of whose cells nothing is looked at.
    let blocks = Block.cut(lengths: Array(repeating: 1, count: batch.count))
    return [Float](unsafeUninitializedCapacity: batch.count * width) { result, initialized in
      initialized = batch.count * width
      guard let target = result.baseAddress.map(SharedPointer.init) else { return }
      batch.withView { view, _ in
        var view = view
        view.scales = scales
        parameters.withUnsafeBufferPointer { parameters in
          guard let parameters = parameters.baseAddress else { return }
          run(blocks, parameters: parameters, gradients: nil) { pass in
            let context = context(pass, batch: view, parameters: parameters)
            var plane = pass.arena.plane(rows: pass.block.rows.count, width: program.tailWidth)
            plane.clear()
            for operation in program.operations[program.tailStart...] { plane = operation.forward(context, plane) }
            for (sequence, row) in pass.block.rows.enumerated() {
              (target.pointer + row * width).update(from: plane.row(sequence), count: width)
            }
          }
        }
      }
    }
  }

  private func forward(_ context: BlockContext, _ operations: [any Operation], from start: Plane? = nil) -> Plane {
    var plane = start ?? Plane(base: context.arena.floats(1), stride: 0, rows: 0, width: 0)
    for operation in operations { plane = operation.forward(context, plane) }
    return plane
  }

  /// The gradient of what the first operation was given; nil where nothing before it can learn.
  private func backward(_ context: BlockContext, _ operations: [any Operation], _ dy: Plane) -> Plane? {
    var gradient: Plane? = dy
    for operation in operations.reversed() {
      guard let current = gradient else { return nil }
      gradient = operation.backward(context, current)
    }
    return gradient
  }

  private func scatter(_ context: BlockContext, _ y: Plane, to outputs: UnsafeMutablePointer<Float>, _ end: ProgramEnd)
  {
    let width = y.width
    guard end.isPerSequence else {
      context.forEachTimestep { row, item in (outputs + item * width).update(from: y.row(row), count: width) }
      return
    }
    for (sequence, row) in context.block.rows.enumerated() {
      (outputs + row * width).update(from: y.row(sequence), count: width)
    }
  }
}

extension SequenceBatch {
  /// Pointers into the batch's buffers for the time of a call: its cells, and its target, or each of several.
  fileprivate func withView(_ body: (BatchView, [TargetView]) -> Void) {
    input.withView { input in
      statics.withView { statics in
        offsets.withUnsafeBufferPointer { offsets in
          ids.withUnsafeBufferPointer { ids in
            guard let offsets = offsets.baseAddress, let ids = ids.baseAddress else { return }
            let view = BatchView(input: input, statics: statics, timesteps: timesteps, offsets: offsets, ids: ids)
            let parts = targets.parts.isEmpty ? [targets] : targets.parts
            (stepWeights ?? []).withUnsafeBufferPointer { weights in
              func next(_ views: [TargetView]) {
                guard views.count < parts.count else { return body(view, views) }
                parts[views.count].withView {
                  var target = $0
                  target.stepWeights = stepWeights == nil ? nil : weights.baseAddress
                  next(views + [target])
                }
              }
              next([])
            }
          }
        }
      }
    }
  }
}

extension BatchTargets {
  /// Pointers to one target for the time of a call.
  fileprivate func withView(_ body: (TargetView) -> Void) {
    let width: Int? =
      switch self {
      case .valuesPerSequence(_, let width), .valuesPerTimestep(_, let width): width
      case .none, .classPerSequence, .classPerTimestep, .labels, .several: nil
      }
    classes.withUnsafeBufferPointer { classes in
      values.withUnsafeBufferPointer { values in
        var target = TargetView(
          classes: width == nil ? classes.baseAddress : nil, values: width == nil ? nil : values.baseAddress,
          width: width)
        guard let lists = labelLists else { return body(target) }
        lists.codes.withUnsafeBufferPointer { labels in
          lists.offsets.withUnsafeBufferPointer { labelOffsets in
            (target.labels, target.labelOffsets) = (labels.baseAddress, labelOffsets.baseAddress)
            body(target)
          }
        }
      }
    }
  }
}

extension BatchCells {
  /// Pointers to the cells for the time of a call.
  fileprivate func withView(_ body: (CellsView) -> Void) {
    values.withUnsafeBufferPointer { values in
      codes.withUnsafeBufferPointer { codes in
        func call(_ observed: UnsafePointer<Bool>?) {
          body(CellsView(values: values.baseAddress, codes: codes.baseAddress, observed: observed))
        }
        guard let observed else { return call(nil) }
        observed.withUnsafeBufferPointer { call($0.baseAddress) }
      }
    }
  }
}
