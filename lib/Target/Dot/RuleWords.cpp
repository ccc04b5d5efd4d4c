//===- RuleWords.cpp - The words of the built-in rules --------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The notation is described in docs/DotRules.md.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

using namespace mlir;

static constexpr llvm::StringLiteral kWords = R"(
#===----- Words that stand for each other ----------------------------------===#
word attn = attention | attn | mha | mqa | gqa | mla | sdpa | multihead
word ffn = ffn | mlp | feedforward | feed forward | ffw
word moe = moe | mixture of experts
word expert = expert | experts
word norm = norm | norms | layernorm | rmsnorm | layer norm | rms norm | ln |
    layer normalization | normalization | normalisation
word proj = proj | projection | projections | linear | lin | dense | gemm |
    matmul
word embed = embedding | embeddings | embed | embeds | embd | emb | wte
word gpu = gpu | gpus | device | devices | dev | npu | npus | tpu | tpus | xpu | cuda
    | accelerator
word tp = tp | tensor parallel | tensor parallelism
word pipe = pp | pipe | pipeline
word stage = pipeline stage | pipeline stages | pp stage | stage | stages | stg
word all_reduce = all reduce | allreduce | all sum | allsum | all reduction
word all_gather = all gather | allgather
word reduce_scatter = reduce scatter | reducescatter
word all_to_all = all to all | alltoall | all 2 all | a2a
word send = send | sends | sending | sender | isend
word recv = recv | receive | receives | received | receiving | receiver | irecv
    | rcv
word comm = comm | comms | communication | communications | transfer | xfer |
    p2p
word move = send | recv | receive | transfer | comm | communication | p2p | xfer
    | sendrecv
word in = input | inputs | in | inp
word out = output | outputs | out
word tensor = dimension | dimensions | dim | dims | shape | shapes | tensor |
    tensors | size | qkv | kv | q | k | v | query | key | value
word is = : | =
word to = to | ->
word q = q | query | queries
word k = k | key | keys
word v = v | value | values
word add = add | addition | sum
word act = activation | act | silu | gelu | relu | swish | swiglu | geglu |
    nonlinearity
word part = qkv | q | k | v | query | key | value | scores | score | softmax |
    weights | probs | mask | dropout | out | output | proj | context | o | up |
    down | gate | act | activation | silu | gelu | mul | norm | ln | rmsnorm |
    layernorm | router | expert | allreduce | all reduce | residual | add | fc |
    rope
word pathpart = attn | mlp | ln | rmsnorm | layernorm | norm | input | self |
    post | q | k | v | qkv | o | c | out | fc | linear | matmul | column | row |
    columnparallel | rowparallel | softmax | scores | gate | up | down | gelu |
    silu | act | add | residual | x | causal | mask | all | allreduce | ffn |
    moe | router | expert | rotary | rope | weights | probs | proj | w | wq |
    wk | wv | wo | w1 | w2 | w3 | wqkv | p | prob | s | qk | query | key | value |
    context | ctx | weighted | attention | layer norm | skip | cross | mha | mla
word dtype = dtype | type | data type | element type | precision
word layer = layer | layers | block | blocks
word model = transformer | decoder | encoder | llama | gpt | moe | dense |
    hidden | identical | similar
word times = x | *
word aggregate = aggregate | aggregates | aggregation | aggregator | agg | merge
    | collect
word split = split | splits | splitting | slice | slicing | chunk | partition
word shown = shown | drawn | displayed | sampled | included | represented
word elided = not shown | not drawn | omitted | skipped | elided | abbreviated |
    repeated | similar | identical | same | follow | follows | collapsed |
    alike | likewise | analogous

#===----- Words of other languages -----------------------------------------===#
same input = eingabe | eingang | entrée | entree | entrada | вход |
    输入 | 輸入 | 入力 | входной | входные | 입력
same in = ein
same output = ausgabe | ausgang | ausgangs | sortie | salida | saída | выход |
    输出 | 輸出 | 出力 | выходной | выходные | выходная | 출력
same out = aus
same embedding = einbettung | plongement | incrustación | embebimiento |
    эмбеддинг | 嵌入 | 词嵌入 | 嵌入层 | 埋め込み | 词向量 | 임베딩
same layer = schicht | couche | capa | camada | слой | 层 |
    層 | レイヤー | 레이어
same layers = schichten | couches | capas | camadas | слои | слоёв | слоев
same like = wie | comme | como | как
same stage = stufe | étage | etapa | стадия | этап | 阶段 |
    ステージ
same pipeline = 流水线 | конвейер
same projection = projektion | proyección | proyeccion | projeção | проекция |
    投影 | 射影 | 투영
same linear = lineare | linéaire | lineal | линейный |
    线性 | 线性层 | 線形 | 线性变换 | 全连接 | 全连接层
same attention = aufmerksamkeit | aufmerksamkeits | atención | atencion |
    atenção | внимание | внимания | 注意力 | 注意 | アテンション |
    어텐션 | 自注意力
same scores = werte | puntajes | puntuaciones | pontuações | оценки |
    分数 | 得分 | 分數 | スコア | 점수
same weights = gewichte | poids | pesos | веса | 权重 | 重み
same weighted = gewichtete | pondérée | ponderada | взвешенная |
    加权 | 加权求和 | 加权和 | 重み付き和 | 加重和 | 가중합 | 加权平均
same sum = Σ | ∑ | summe | somme | suma | soma | сумма | 求和
same norm = normierung | normieren | normalisierung | normalización |
    normalização | нормализация | 归一化 | 层归一化 | 正規化
same add = addieren | ajouter | sumar | somar | сложение |
    相加 | 加算 | 더하기 | 加法
same residual = residuum | résiduel | résiduelle | residuo | resíduo |
    остаточная | остаточное | 残差 | 残差连接 | 残差接続 | 잔차 |
    остаточный
same up = hoch | aufwärts | 上 | 升维
same down = runter | abwärts | 下 | 降维
same gate = 门控 | ゲート
same activation = aktivierung | activación | ativação | активация |
    激活 | 活性化
same ffn = 前馈 | 前馈网络 | 前饋网络 | 前馈层
same mask = maske | masque | máscara | маска | 掩码 | マスク
same query = abfrage | requête | consulta | запрос | 查询
same key = schlüssel | clave | ключ | 键
same value = wert | valeur | valor | 值
same head = kopf | tête | cabezal | голова | 头 | ヘッド | 헤드
same send = senden | envoi | envoyer | enviar | отправка |
    发送 | 送信
same receive = empfangen | recevoir | réception | recibir | receber | приём |
    прием | 接收 | 受信
same allreduce = 全归约 | 全规约
same allgather = 全收集 | 全聚集
same router = 路由 | 路由器
same expert = experte | experto | эксперт | 专家 | 专家网络
same vocabulary = vokabular | vocabulaire | vocabulario |
    词表
same device = gerät | dispositivo | 设备
same total = 共 | 总共 | insgesamt
same ordinal = 第
same same = 同 | 同样
same identical = identisch | identiques | idénticas | 相同
same logits = логиты | ロジット | 로짓
same tokens = токены | jetons | トークン | 토큰
same sequence = 序列 | sequenz | séquence | secuencia
same connection = verbindung | connexion | conexión | соединение
same prediction = 预测 | vorhersage | prédiction |
    predicción
same result = 结果 | ergebnis
same lm = 语言模型
same scaled = 缩放
same dot = 点积
same multihead = 多头

#===----- A better source may say the first where another says the rest ----===#
refine layer = *
refine stage = *
refine attention = qkv_projection q_projection k_projection v_projection qk_norm
    rotary_embedding kv_cache attention_scores attention_mask attention_weights
    dropout attention_output output_projection
refine attention = norm residual_add linear slice concat all_reduce all_gather
    reduce_scatter all_to_all broadcast scatter gather reduce collective send
    recv transfer comm_buffer
refine ffn = ffn_gate ffn_up activation multiply ffn_down linear dropout moe
    expert router
refine ffn = norm residual_add slice concat all_reduce all_gather reduce_scatter
    all_to_all broadcast scatter gather reduce collective send recv transfer
    comm_buffer
refine moe = router dispatch expert combine ffn_gate ffn_up activation multiply
    ffn_down
refine moe = norm residual_add slice concat all_reduce all_gather reduce_scatter
    all_to_all broadcast scatter gather reduce collective send recv transfer
    comm_buffer
refine expert = ffn_gate ffn_up activation multiply ffn_down linear dispatch
    combine all_to_all all_reduce
refine norm = final_norm qk_norm residual_add
refine linear = qkv_projection q_projection k_projection v_projection
    output_projection ffn_gate ffn_up ffn_down head router expert
    attention_scores attention_output
refine input = embedding position_embedding broadcast scatter slice
refine output = head sampling
refine embedding = position_embedding all_reduce all_gather reduce_scatter
    broadcast scatter gather
refine head = all_reduce all_gather reduce_scatter gather sampling
refine final_norm = all_reduce all_gather reduce_scatter gather
refine qkv_projection = q_projection k_projection v_projection
refine attention_output = output_projection
refine output_projection = head
refine attention_weights = sampling
refine router = dispatch
refine collective = all_reduce all_gather reduce_scatter all_to_all broadcast
    scatter gather reduce slice concat dispatch combine send recv transfer
refine reduce = all_reduce reduce_scatter combine
refine gather = all_gather combine concat all_to_all
refine scatter = reduce_scatter dispatch slice all_to_all
refine slice = scatter dispatch
refine concat = combine gather all_gather all_reduce reduce_scatter
refine dispatch = all_to_all broadcast
refine combine = all_to_all all_reduce reduce_scatter
refine transfer = send recv broadcast
)";

StringRef mlir::dag::dot::getBuiltinWords() { return kWords; }
